import { join } from 'node:path';
import { Child, type RecordingProxy, type World } from '@worker-host/suite-interop';
import type { LocalAws, LocalAwsOptions } from '@worker-host/testing/local-aws';
import type { Contender } from './contender.js';

/** Workers poll as often as by default of Prefect. */
const QUERY_SECONDS = '10';
const POLL = '/get_scheduled_flow_runs';

/** A worker process of a side. */
export interface SideWorker {
  readonly name: string;
  readonly child: Child;
  /** Resolves when its first poll is answered, with the seconds from its start to that poll. */
  readonly polled: Promise<number>;
}

/** One worker's pool, local AWS and proxy to the server. */
export class Side {
  #workers = 0;

  private constructor(
    readonly world: World,
    readonly aws: LocalAws,
    readonly proxy: RecordingProxy,
    private readonly contender: Contender,
    private readonly queue: string | undefined,
  ) {}

  static async open(world: World, contender: Contender, options: LocalAwsOptions): Promise<Side> {
    const aws = await world.aws({ throttling: 'aws', keepCalls: 100_000, ...options });
    return new Side(world, aws, await world.proxy(), contender, options.eventsQueue);
  }

  /** Messages in the queue of task events; 0 without one. */
  get unreadEvents(): number {
    return this.queue === undefined ? 0 : this.aws.queues.get(this.queue).messages().length;
  }

  start(): SideWorker {
    this.#workers += 1;
    const name = `worker-${this.#workers}`;
    const { pool, parts } = this.world;
    const { program, words, folder, environment } = this.contender.command({ pool, name });
    const own = { ...environment, PREFECT_WORKER_QUERY_SECONDS: QUERY_SECONDS, PREFECT_API_URL: this.proxy.apiUrl };
    const before = this.proxy.requests.length;
    const poll = this.proxy.when(
      ({ path }) => path.endsWith(POLL),
      async () => {},
    );
    const startedMs = Date.now();
    const child = new Child(program, words, {
      env: this.world.workerEnvironment(this.aws, own),
      cwd: folder ?? parts.folder,
      logFile: join(parts.folder, `${name}.log`),
    });
    this.world.whenDone(() => child.stop());
    const polled = poll.then(() => {
      const first = this.proxy.requests.slice(before).find(({ path }) => path.endsWith(POLL));
      return ((first?.atMs ?? Number.NaN) - startedMs) / 1000;
    });
    return { name, child, polled: Promise.race([polled, endOf(child, parts.folder)]) };
  }
}

/** Rejects when the process ends. */
async function endOf(child: Child, folder: string): Promise<never> {
  const { code } = await child.exited;
  throw new Error(`The worker ended with ${code} before its first poll: see the logs in ${folder}`);
}
