/** A job queue that is compared: makes jobs that do nothing, and works them off. */
export interface Queue {
  /** Makes jobs, as many at once as the queue has a call for. Resolves when they are stored. */
  make(count: number): Promise<void>;
  /**
   * Claims and finishes jobs until the process ends.
   *
   * @param onStart called for each job that is claimed
   * @param onEnd called for each job whose end is stored
   */
  work(onStart: () => void, onEnd: (jobs: number) => void): Promise<void>;
  close(): Promise<void>;
}

/** Where a queue is, and the folder in which its package is installed. */
export interface QueuePlace {
  readonly name: QueueName;
  /** A directory for the embedded pool, else the address of the server. */
  readonly address: string;
  readonly packages: string;
  /** False: the embedded pool only claims its runs, and never ends them. Default: true. */
  readonly isFinishing?: boolean;
}

export type QueueName = 'embedded' | 'pg-boss' | 'graphile-worker' | 'bullmq';

/** Most jobs that are made by one call, and that one process claims at once. */
export const BATCH = 200;
export const QUEUE = 'bench';

/** What a process that works off jobs reports. */
export interface FromQueueProcess {
  readonly kind: 'ready' | 'started' | 'ended' | 'used';
  readonly jobs?: number;
  readonly atMs?: number;
  readonly cpuMs?: number;
  readonly mib?: number;
}
