export { BaseJobConfiguration } from './configuration/base-job-configuration.js';
export type { JobConfigurationClass, PrepareContext, RenderContext } from './configuration/base-job-configuration.js';
export { BaseVariables } from './configuration/base-variables.js';
export type { VariablesClass } from './configuration/base-variables.js';
export { Field } from './configuration/field.js';
export type { FieldOptions, FieldType, ModelClass } from './configuration/field.js';
export { isWorkerError, WorkerError } from './errors/worker-error.js';
export { silentEventSink } from './events/event.js';
export type { EventResource, EventSink, WorkerEvent } from './events/event.js';
export { isJsonObject } from './json/json.js';
export type { JsonObject, JsonValue, MutableJsonObject } from './json/json.js';
export { silentLogger } from './logging/logger.js';
export type { LogFields, Logger } from './logging/logger.js';
export { silentMeter } from './metrics/meter.js';
export type { Meter, MetricLabels } from './metrics/meter.js';
export type { Deployment, Flow, FlowRun, WorkPool } from './orchestration/nouns.js';
export type {
  Attempt,
  ClaimAnswer,
  InterruptedRun,
  LogRecord,
  Orchestrator,
  OrchestratorListener,
  WorkerIdentity,
  WorkPoolRequest,
} from './orchestration/orchestrator.js';
export { OrchestratorUnauthorizedError, OrchestratorUnavailableError } from './orchestration/orchestrator-errors.js';
export type { BlockDocument, ReferenceReader, Variable } from './orchestration/reference-reader.js';
export { FINAL_STATE_TYPES, isFinalStateType } from './orchestration/state.js';
export type { State, StateAnswer, StateProposal, StateType } from './orchestration/state.js';
export { TOKENS } from './plugin/tokens.js';
export type { WorkerOptions } from './plugin/tokens.js';
export { definePlugin, PLUGIN_API_VERSION } from './plugin/worker-plugin.js';
export type { WorkerPlugin } from './plugin/worker-plugin.js';
export { SecretRegistry } from './secrets/secret-registry.js';
export { systemClock } from './time/clock.js';
export type { Clock } from './time/clock.js';
export { BaseWorker } from './worker/base-worker.js';
export type { StartedInfrastructure, WorkerCapabilities, WorkerHealth } from './worker/base-worker.js';
export type { RunContext, RunProgress } from './worker/run-context.js';
export {
  InfrastructureNotAvailable,
  InfrastructureNotFound,
  NotSupportedByWorkerError,
} from './worker/worker-errors.js';
export { WorkerResult } from './worker/worker-result.js';
export type { Diagnosis, WorkerEnd } from './worker/worker-result.js';
