export { aDeployment, aFlow, aFlowRun, aWorkPool } from './builders/nouns.js';
export type { RecordedLine } from './builders/recording-logger.js';
export { RecordingLogger } from './builders/recording-logger.js';
export type { OutputLine, RecordedCall, RunContextOptions } from './builders/run-context.js';
export { aRunContext, RecordingRunContext } from './builders/run-context.js';
export type { PendingSleep } from './clock/fake-clock.js';
export { FakeClock, settle } from './clock/fake-clock.js';
export type {
  ContractJob,
  ContractRunner,
  ContractWorld,
  EndCondition,
  LaunchElsewhere,
  LaunchedWith,
  WorkerContractOptions,
} from './conformance/contract.js';
export { RuleBrokenError } from './conformance/rule-errors.js';
export { workerContract } from './conformance/worker-contract.js';
export type { CallFault, CallMatch, Fault, FaultOptions, Hold } from './orchestrator/call-faults.js';
export { CallFaults } from './orchestrator/call-faults.js';
export type { FakeCall, FakeMethod } from './orchestrator/fake-call.js';
export { FakeOrchestrator } from './orchestrator/fake-orchestrator.js';
export type { FakePoolOptions, FakeQueue, FakeRunLeftovers } from './orchestrator/fake-pool.js';
export { FakePool } from './orchestrator/fake-pool.js';
export type { FakeOutputLine } from './orchestrator/fake-run.js';
export { orchestratorContract } from './orchestrator-conformance/orchestrator-contract.js';
export type {
  LosableMethod,
  OrchestratorContractOptions,
  OrchestratorRun,
  OrchestratorTraits,
  OrchestratorWorld,
} from './orchestrator-conformance/orchestrator-world.js';
