import type { OrchestratorTrial } from './orchestrator-trial.js';

/** One law of the contract. It checks nothing if the world lacks what it needs. */
export interface Law {
  readonly name: string;
  holds(trial: OrchestratorTrial): Promise<void>;
}
