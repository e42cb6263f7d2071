import type { CreateWorkerHostOptions } from './create-options.js';
import { WorkerHost } from './worker-host.js';

/** Puts a worker host together. Nothing is done before {@link WorkerHost.run}. */
export function createWorkerHost(options: CreateWorkerHostOptions): WorkerHost {
  return new WorkerHost(options);
}
