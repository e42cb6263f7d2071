export type { JobOptions } from './alone/run-job.js';
export { runJob } from './alone/run-job.js';
export type { JobConfigurationClass, RenderedWith } from './configuration/base-job-configuration.js';
export { BaseJobConfiguration } from './configuration/base-job-configuration.js';
export { buildBaseJobTemplate } from './configuration/base-job-template.js';
export type { VariablesClass } from './configuration/base-variables.js';
export { BaseVariables } from './configuration/base-variables.js';
export type { ConfigurationProblem } from './configuration/configuration-problem.js';
export { problemDetails, problemLine, problemLines } from './configuration/configuration-problem.js';
export type { FieldDecorator, FieldOptions } from './configuration/field.js';
export { defineFields, Field } from './configuration/field.js';
export { FieldDecoratorError } from './configuration/field-decorator-error.js';
export type { FieldType, ModelClass } from './configuration/field-type.js';
export { show as showValue } from './configuration/field-type.js';
export { JobConfigurationError } from './configuration/job-configuration-error.js';
export type { ModelOptions } from './configuration/model.js';
export { Model } from './configuration/model.js';
export { nearest } from './configuration/nearest.js';
export { modelToJson, parseModel } from './configuration/parse-model.js';
export type { PrepareContext } from './configuration/prepare-context.js';
export { isWorkerError, WorkerError } from './errors/worker-error.js';
export type { EventResource, EventSink, WorkerEvent } from './events/event.js';
export { silentEventSink } from './events/event.js';
export { ExactNumber, isExactNumber } from './json/exact-number.js';
export type { JsonObject, JsonValue, MutableJsonObject } from './json/json.js';
export { isJsonObject } from './json/json.js';
export { jsonExcess } from './json/json-scan.js';
export { parseJson, stringifyJson } from './json/json-text.js';
export type { LogFields, Logger } from './logging/logger.js';
export { silentLogger } from './logging/logger.js';
export type { Exemplar, Meter, MetricLabels } from './metrics/meter.js';
export { silentMeter } from './metrics/meter.js';
export type { Deployment, Flow, FlowRun, RunResources, WorkPool } from './orchestration/model.js';
export type {
  ClaimAnswer,
  ClaimOptions,
  ControlPlaneCondition,
  HeartbeatAnswer,
  InterruptedRun,
  LogRecord,
  Orchestrator,
  OrchestratorListener,
  WorkerIdentity,
  WorkPoolRequest,
} from './orchestration/orchestrator.js';
export {
  LeaseLostError,
  OrchestratorUnauthorizedError,
  OrchestratorUnavailableError,
  WorkerNameInUseError,
} from './orchestration/orchestrator-errors.js';
export type { BlockDocument, ReferenceReader, Variable } from './orchestration/reference-reader.js';
export type {
  Attempt,
  LaunchPlace,
  LaunchToStore,
  ReleaseReason,
  RunLease,
  StateAnswer,
  StoredLaunch,
} from './orchestration/run-lease.js';
export { REPORT_GRACE_MS } from './orchestration/run-lease.js';
export type { State, StateProposal, StateType } from './orchestration/state.js';
export {
  ACTIVE_STATE_TYPES,
  FINAL_STATE_TYPES,
  isActiveStateType,
  isFinalStateType,
  usualStateName,
} from './orchestration/state.js';
export type { BoundWorker, WorkerBindings } from './plugin/bind-worker.js';
export { bindWorker, withPluginContainer } from './plugin/bind-worker.js';
export type { OwnContainer } from './plugin/own-container.js';
export { ownContainer } from './plugin/own-container.js';
export { ExtensionFailedError, PluginBaseInvalidError, PluginBindsNoWorkerError } from './plugin/plugin-errors.js';
export type {
  CheckRequest,
  Deployed,
  DeploymentRequest,
  DeploymentTool,
  Finding,
  LaunchPreview,
  LimitedSize,
  PathStep,
  PermissionsRequest,
  PermissionsTool,
  PluginTools,
  PreviewedRequest,
  PreviewRequest,
  ToolContext,
  ValueOrigin,
} from './plugin/plugin-tools.js';
export type { WorkerOptions } from './plugin/tokens.js';
export { TOKENS } from './plugin/tokens.js';
export type { WorkerExtension } from './plugin/worker-extension.js';
export { defineExtension, extendHost, extensionConcerns } from './plugin/worker-extension.js';
export type { ExtendingPluginParts, PluginParts, PluginSetting, WorkerPlugin } from './plugin/worker-plugin.js';
export { definePlugin, PLUGIN_API_VERSION } from './plugin/worker-plugin.js';
export { OLDEST_PREFECT_VERSION, PREFECT_VERSION } from './prefect-version.js';
export { pythonRepr, pythonStr } from './python-text/python-text.js';
export { secretsOfAddress, shownAddress, userinfoOf, withoutUserinfo } from './secrets/address.js';
export { SecretRegistry, SecretScope } from './secrets/secret-registry.js';
export type { ApplyOptions } from './templating/apply-values.js';
export { applyValues } from './templating/apply-values.js';
export { expandDottedVariables, mergeJobVariables, variableDefaults } from './templating/job-variables.js';
export { NotSet } from './templating/not-set.js';
export type { Placeholder, PlaceholderKind } from './templating/placeholders.js';
export { findPlaceholders } from './templating/placeholders.js';
export { resolveBlockDocumentReferences, resolveVariables } from './templating/references.js';
export type { RenderContext } from './templating/render-context.js';
export {
  BaseJobTemplateError,
  BlockNotFoundError,
  BlockReferenceError,
  JobVariableEnvError,
  JobVariablePathError,
  TemplateTooDeepError,
  TemplateTooLargeError,
  TemplateTypeError,
} from './templating/templating-errors.js';
export type { Clock } from './time/clock.js';
export { systemClock } from './time/clock.js';
export type { LinkedSignal } from './time/link-signals.js';
export { linkSignals } from './time/link-signals.js';
export type {
  LaunchName,
  StartedInfrastructure,
  WorkerCapabilities,
  WorkerHealth,
} from './worker/base-worker.js';
export { BaseWorker } from './worker/base-worker.js';
export type { RunContext, RunProgress } from './worker/run-context.js';
export {
  InfrastructureNotAvailable,
  InfrastructureNotFound,
  InfrastructureStopUnconfirmed,
  isLaunchRefused,
  isWorkerNotReady,
  LaunchRefused,
  NotSupportedByWorkerError,
  WorkerNotReadyError,
} from './worker/worker-errors.js';
export type { Diagnosis, LogTailReader, WorkerEnd } from './worker/worker-result.js';
export { WorkerResult } from './worker/worker-result.js';
