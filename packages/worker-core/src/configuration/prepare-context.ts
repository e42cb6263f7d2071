import type { Deployment, Flow, FlowRun, WorkPool } from '../orchestration/model.js';

/** Input for preparing a configuration for one run. */
export interface PrepareContext {
  readonly flowRun: FlowRun;
  readonly deployment: Deployment | null;
  readonly flow: Flow | null;
  readonly workPool: Pick<WorkPool, 'id' | 'name'> | null;
  readonly worker: { readonly id: string | null; readonly name: string };
  /** Environment of every job, with the lowest precedence (forwarded settings). */
  readonly environment: Readonly<Record<string, string>>;
  /** Environment of the worker, for `{{ $NAME }}`. */
  readonly workerEnvironment: Readonly<Record<string, string | undefined>>;
  /** For the version label. Null: the control plane is not Prefect. */
  readonly prefectVersion: string | null;
  /** Command of a job without a command. Null: the default of the infrastructure. */
  readonly defaultCommand: string | null;
}
