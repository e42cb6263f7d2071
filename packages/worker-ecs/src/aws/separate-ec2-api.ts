import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ClientSettings } from './client-settings.js';
import type { DescribeSubnetsInput, DescribeVpcsInput, Ec2Api, Ec2Subnet, Ec2Vpc } from './ec2-api.js';
import { type Ec2Question, type Ec2Reply, errorFromTold } from './ec2-process-messages.js';
import type { AwsCallOptions } from './ecs-api.js';

const PROGRAM = fileURLToPath(new URL('./ec2-process.js', import.meta.url));
/** The look-ups of one network come right after one another. */
const IDLE_MS = 2_000;

interface Waiter {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

type Asked<Q = Ec2Question> = Q extends Ec2Question ? Omit<Q, 'id' | 'settings'> : never;

/**
 * Amazon EC2 by the AWS SDK in a process of its own, which ends with the look-up. The SDK's client for EC2 alone takes
 * more memory than all the rest of a worker, and stops everything else while it loads; it is needed for two calls in
 * five minutes at most.
 */
export class SeparateEc2Api implements Ec2Api {
  #child: ChildProcess | null = null;
  #lastId = 0;
  #idle: NodeJS.Timeout | null = null;
  readonly #waiting = new Map<number, Waiter>();

  /** @param settings what the client is made with; temporary keys are in it already. */
  constructor(private readonly settings: () => Promise<ClientSettings>) {}

  describeVpcs(
    input: DescribeVpcsInput,
    options?: AwsCallOptions,
  ): Promise<{ readonly Vpcs: readonly Ec2Vpc[]; readonly NextToken: string | null }> {
    return this.#ask({ call: 'describeVpcs', input }, options?.signal);
  }

  describeSubnets(
    input: DescribeSubnetsInput,
    options?: AwsCallOptions,
  ): Promise<{ readonly Subnets: readonly Ec2Subnet[]; readonly NextToken: string | null }> {
    return this.#ask({ call: 'describeSubnets', input }, options?.signal);
  }

  close(): void {
    this.#end(this.#child);
  }

  async #ask<T>(asked: Asked, signal: AbortSignal | undefined): Promise<T> {
    signal?.throwIfAborted();
    const settings = await this.settings();
    signal?.throwIfAborted();
    if (this.#idle) clearTimeout(this.#idle);
    this.#lastId += 1;
    const id = this.#lastId;
    const answered = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    const onAbort = () => this.#settle(id, ({ reject }) => reject(abortError(signal)));
    signal?.addEventListener('abort', onAbort, { once: true });
    const child = this.#running();
    child.ref();
    child.channel?.ref();
    child.send({ id, settings, ...asked }, (error) => {
      if (error) this.#settle(id, ({ reject }) => reject(error));
    });
    try {
      return (await answered) as T;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #running(): ChildProcess {
    if (this.#child) return this.#child;
    const child = fork(PROGRAM, {
      execArgv: [],
      env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
      serialization: 'advanced',
    });
    child.on('message', (reply: Ec2Reply) =>
      this.#settle(reply.id, ({ resolve, reject }) =>
        'error' in reply ? reject(errorFromTold(reply.error)) : resolve(reply.answer),
      ),
    );
    const gone = (why: string) => this.#gone(child, why);
    child.once('error', (error) => gone(error.message));
    child.once('exit', (code, signalName) => gone(`it ended with ${signalName ?? `code ${code}`}`));
    this.#child = child;
    return child;
  }

  #settle(id: number, how: (waiter: Waiter) => void): void {
    const waiter = this.#waiting.get(id);
    if (!waiter) return;
    this.#waiting.delete(id);
    how(waiter);
    if (this.#waiting.size > 0) return;
    this.#idle = setTimeout(() => this.#end(this.#child), IDLE_MS);
    this.#idle.unref();
    this.#child?.unref();
    this.#child?.channel?.unref();
  }

  /** The process went away unasked: who waits is told, and the next look-up begins another one. */
  #gone(child: ChildProcess, why: string): void {
    if (this.#child !== child) return;
    this.#child = null;
    for (const id of [...this.#waiting.keys()]) {
      this.#settle(id, ({ reject }) =>
        reject(Object.assign(new Error(`The process that looks up networks went away: ${why}`), { code: 'EPIPE' })),
      );
    }
  }

  #end(child: ChildProcess | null): void {
    if (this.#idle) clearTimeout(this.#idle);
    this.#idle = null;
    if (!child) return;
    this.#gone(child, 'it was closed');
    if (child.connected) child.disconnect();
  }
}

function abortError(signal: AbortSignal | undefined): Error {
  return Object.assign(new Error('The look-up was given up', { cause: signal?.reason }), { name: 'AbortError' });
}
