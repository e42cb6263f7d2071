import type { Deployment, Flow, FlowRun, WorkPool } from '../orchestration/model.js';

/** All that a configuration is prepared with for one run. */
export interface PrepareContext {
  readonly flowRun: FlowRun;
  readonly deployment: Deployment | null;
  readonly flow: Flow | null;
  readonly workPool: Pick<WorkPool, 'id' | 'name'> | null;
  readonly worker: { readonly id: string | null; readonly name: string };
  /** Environment of every job, weakest of all (forwarded settings). */
  readonly environment: Readonly<Record<string, string>>;
  /** The worker's own environment, for `{{ $NAME }}`. */
  readonly workerEnvironment: Readonly<Record<string, string | undefined>>;
  /** For the version label. Null: no Prefect takes part. */
  readonly prefectVersion: string | null;
  /** Command of a job that names none; null: the infrastructure's own. */
  readonly defaultCommand: string | null;
}
