import type { CreateWorkerHostOptions } from './create-worker-host.js';
import type { DrainMode } from './host-options.js';
import type { HostStatus } from './host-status.js';

/** How a worker host ended, when it ended well. */
export interface HostOutcome {
  readonly reason: 'stopped' | 'run-once';
  /** Runs that this host saw end. */
  readonly runsEnded: number;
  /** Runs that go on without it; the next worker takes them up. */
  readonly runsLeft: number;
}

/** Serves one work pool with one worker. */
export class WorkerHost {
  constructor(private readonly options: CreateWorkerHostOptions) {}

  /** Starts and works until it is stopped, or, with run-once, until all it took has ended. Throws what ended it. */
  run(): Promise<HostOutcome> {
    return Promise.reject(new Error(this.options.plugin.type));
  }

  /** Stops claiming, then leaves or awaits the runs. Called a second time: lets go at once. */
  stop(_mode?: DrainMode): void {}

  get status(): HostStatus {
    throw new Error('being written');
  }
}
