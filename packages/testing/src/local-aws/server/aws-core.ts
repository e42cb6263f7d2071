import { setMaxListeners } from 'node:events';

import { type Clock, systemClock } from '@worker-host/core';

import { Assumptions } from '../assumptions/assumptions.js';
import type { Launcher } from '../ecs/running/launcher.js';
import { FaultControl } from '../faults/fault-control.js';
import { IamStore } from '../iam/iam-store.js';
import { RequestReader } from '../requests/request-reader.js';
import { Sessions } from '../sts/sessions.js';
import { AccountRegion } from './account-region.js';
import { abortedCallError, callErrorOf, lostAnswerError } from './aws-call-error.js';
import { AwsError } from './aws-error.js';
import { CallLog } from './call-log.js';
import { type Dispatched, Dispatcher } from './dispatcher.js';
import { IdSource } from './id-source.js';
import type { Caller, InProcessAws } from './local-aws.js';
import type { Answer, Call, CallContext, Params, ServiceName } from './operation.js';
import type { InProcessAwsOptions } from './options.js';
import { seededRandom } from './seeded-random.js';

const DEFAULT_ACCOUNT = '123456789012';
const DEFAULT_REGION = 'us-east-1';
const DEFAULT_KEPT_CALLS = 5000;
const DEFAULT_ACCESS_KEY = 'AKIALOCALAWS';
const CLOSE_GRACE_MS = 2000;
/** Ids and probabilities use different random sequences, so that an additional id does not change the faults. */
const ID_SEED = 0x1d5eed;

/** Creates the launcher of all accounts and regions. */
export type LauncherFactory = (clock: Clock) => Launcher;

/** All services of all accounts and regions, without network access. */
export class AwsCore {
  readonly account: string;
  readonly region: string;
  readonly accessKeyId = DEFAULT_ACCESS_KEY;
  readonly faults: FaultControl;
  readonly assumptions: Assumptions;
  readonly calls: CallLog;
  readonly home: AccountRegion;
  readonly #options: InProcessAwsOptions;
  readonly #clock: Clock;
  readonly #ids: IdSource;
  readonly #sessions: Sessions;
  readonly #dispatcher: Dispatcher;
  readonly #launcher: Launcher;
  readonly #closing = new AbortController();
  readonly #iam = new Map<string, IamStore>();
  readonly #places = new Map<string, AccountRegion>();

  constructor(options: InProcessAwsOptions, createLauncher: LauncherFactory) {
    const { account = DEFAULT_ACCOUNT, region = DEFAULT_REGION, clock = systemClock, seed } = options;
    setMaxListeners(0, this.#closing.signal);
    this.account = account;
    this.region = region;
    this.#options = options;
    this.#clock = clock;
    this.#ids = new IdSource(seed === undefined ? null : seededRandom(seed ^ ID_SEED));
    const nowMs = () => clock.nowMs();
    this.faults = new FaultControl(nowMs, seed === undefined ? () => clock.random() : seededRandom(seed), this.#ids);
    this.assumptions = new Assumptions(options.assumptions);
    this.#sessions = new Sessions(account, options.accounts ?? {}, nowMs, this.#ids);
    this.calls = new CallLog(options.keepCalls ?? DEFAULT_KEPT_CALLS);
    this.#dispatcher = new Dispatcher(
      clock,
      this.faults,
      this.calls,
      new RequestReader(options.requests ?? 'aws', this.assumptions),
    );
    this.#launcher = createLauncher(clock);
    this.home = this.at(account, region);
    if (options.eventsQueue !== undefined) this.home.connectEventsToQueue(options.eventsQueue);
  }

  /** Returns the services of an account in a region. */
  at(account: string, region: string): AccountRegion {
    const key = `${account}/${region}`;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const made = new AccountRegion(account, region, {
      options: this.#options,
      clock: this.#clock,
      ids: this.#ids,
      faults: this.faults,
      assumptions: this.assumptions,
      sessions: this.#sessions,
      launcher: this.#launcher,
      closing: this.#closing.signal,
      iamStoreOf: (ofAccount) => this.#iamOf(ofAccount),
      queueStoreOf: (ofAccount, ofRegion) => this.at(ofAccount, ofRegion).queues,
      logStoreOf: (ofAccount, ofRegion) => this.at(ofAccount, ofRegion).logs,
    });
    this.#places.set(key, made);
    return made;
  }

  #iamOf(account: string): IamStore {
    const known = this.#iam.get(account) ?? new IamStore();
    this.#iam.set(account, known);
    return known;
  }

  /** Returns the account of a caller. Throws an {@link AwsError} if its session has expired or does not exist. */
  accountOf(accessKeyId: string): string {
    return this.#sessions.accountOf(accessKeyId);
  }

  dispatch(call: Call, context: CallContext): Promise<Dispatched> {
    return this.#dispatcher.dispatch(call, this.at(context.account, context.region), context);
  }

  /** Executes an in-process call. See {@link InProcessAws.call}. */
  async call(operation: string, input: Params, baseUrl: string, caller: Caller = {}): Promise<Answer> {
    const [service = '', name = ''] = operation.split(':');
    const accessKeyId = caller.accessKeyId ?? this.accessKeyId;
    const signal = caller.signal ?? this.#closing.signal;
    if (signal.aborted) throw abortedCallError();
    const { result, lost } = await this.dispatch(
      { service: service as ServiceName, operation: name, params: arrived(input, false) as Params },
      {
        account: caller.account ?? this.#accountOrRefusal(accessKeyId),
        region: caller.region ?? this.region,
        accessKeyId,
        baseUrl,
        signal,
      },
    );
    if (signal.aborted) throw abortedCallError();
    if (lost !== null) throw lostAnswerError(lost.how ?? 'reset');
    if (result instanceof AwsError) throw callErrorOf(result);
    return arrived(result, caller.timesAsText ?? false) as Answer;
  }

  /** Ends all waits, and all tasks unless they must be kept. */
  async close(keepTasks = false): Promise<void> {
    this.#closing.abort();
    if (!keepTasks) await Promise.all([...this.#places.values()].map((place) => place.close(CLOSE_GRACE_MS)));
  }

  /** Removes what tasks have left. */
  closeLauncher(): void {
    this.#launcher.close();
  }

  /** The part of a local AWS that is the same in-process and behind a server. */
  surface(baseUrl: string): Omit<InProcessAws, 'close'> {
    return {
      account: this.account,
      region: this.region,
      faults: this.faults,
      assumptions: this.assumptions,
      ecs: this.home.ecs,
      logs: this.home.logs,
      queues: this.home.queues,
      network: this.home.network,
      call: (operation, input, caller) => this.call(operation, input, baseUrl, caller),
      at: (account, region) => this.at(account, region),
      connectEventsToQueue: (queueName, pattern) => this.home.connectEventsToQueue(queueName, pattern),
      calls: (filter) => this.calls.list(filter),
      callCounts: () => this.calls.counts(),
      nextCall: (filter) => this.calls.next(filter),
      clearCalls: () => this.calls.clear(),
    };
  }

  #accountOrRefusal(accessKeyId: string): string {
    try {
      return this.accountOf(accessKeyId);
    } catch (error) {
      throw error instanceof AwsError ? callErrorOf(error) : error;
    }
  }
}

/** Returns a value as received over the wire: without undefined members, and a deep copy. */
function arrived(value: unknown, timesAsText: boolean): unknown {
  if (Array.isArray(value)) return value.map((member) => arrived(member ?? null, timesAsText));
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value.toJSON();
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const member = (value as Params)[name];
    if (member === undefined) continue;
    copy[name] =
      timesAsText && typeof member === 'number' && name.endsWith('At')
        ? new Date(member * 1000).toISOString()
        : arrived(member, timesAsText);
  }
  return copy;
}
