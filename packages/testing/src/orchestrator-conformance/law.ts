import type { OrchestratorTrial } from './orchestrator-trial.js';

/** One rule of the contract. Where the world lacks what it needs, it asks nothing. */
export interface Law {
  readonly name: string;
  holds(trial: OrchestratorTrial): Promise<void>;
}
