export { aDeployment, aFlow, aFlowRun, aWorkPool } from './builders/nouns.js';
export type { RecordedLine } from './builders/recording-logger.js';
export { RecordingLogger } from './builders/recording-logger.js';
export type { OutputLine, RecordedCall, RunContextOptions } from './builders/run-context.js';
export { aRunContext, RecordingRunContext } from './builders/run-context.js';
export type { PendingSleep } from './clock/fake-clock.js';
export { FakeClock, settle } from './clock/fake-clock.js';
export type { ContractJob, ContractRunner, ContractWorld, WorkerContractOptions } from './conformance/contract.js';
export { workerContract } from './conformance/worker-contract.js';
