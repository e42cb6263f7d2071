import type { Assumptions } from '../assumptions/assumptions.js';
import type { Network } from '../ec2/network-model.js';
import type { LocalEcs } from '../ecs/local-ecs.js';
import type { EventPattern } from '../events/event-delivery.js';
import type { FaultControl } from '../faults/fault-control.js';
import type { LogStore } from '../logs/log-store.js';
import type { QueueStore } from '../sqs/queue-store.js';
import type { AccountRegion } from './account-region.js';
import type { CallCounts, CallFilter, CallRecord } from './call-log.js';
import type { Answer, Params, ServiceName } from './operation.js';

/** Caller of {@link InProcessAws.call}. */
export interface Caller {
  /** Access key, which determines the account; sessions of AssumeRole expire. Default: a key of the default account. */
  readonly accessKeyId?: string;
  /** Account of the call, whatever the key. Default: the key's. */
  readonly account?: string;
  /** Default: the region of the options. */
  readonly region?: string;
  /** When aborted, the call rejects with an error with the name `AbortError`. It may have taken effect. */
  readonly signal?: AbortSignal;
  /** Times of the response are ISO 8601 texts. Default: epoch seconds, as on the wire. */
  readonly timesAsText?: boolean;
}

/** An in-process AWS: no HTTP, no processes, and no time except the clock's. */
export interface InProcessAws {
  readonly account: string;
  readonly region: string;
  readonly faults: FaultControl;
  /** Behaviour that AWS does not specify; `set` changes it. */
  readonly assumptions: Assumptions;
  /** ECS of the default account and region. */
  readonly ecs: LocalEcs;
  readonly logs: LogStore;
  readonly queues: QueueStore;
  readonly network: Network;
  /**
   * Executes one call, such as `call('ecs:RunTask', { … })`, with members as on the wire: times are epoch seconds.
   * Input and response share no object with the state.
   *
   * @throws AwsCallError in the shape of an error of the AWS SDK: the code of AWS is its `name`.
   */
  call(operation: `${ServiceName}:${string}`, input: Params, caller?: Caller): Promise<Answer>;
  /** Returns the services of another account or region. */
  at(account: string, region: string): AccountRegion;
  /**
   * Sends task events of the default account and region to a queue, which is created if it does not exist. `pattern`
   * filters the events, like the pattern of an EventBridge rule; default: all.
   */
  connectEventsToQueue(queueName: string, pattern?: EventPattern): void;
  /** Returns the latest calls, oldest first. */
  calls(filter?: CallFilter): CallRecord[];
  /** Returns the number of calls by `service:operation`. */
  callCounts(): Record<string, CallCounts>;
  /** Resolves with the next call that matches. */
  nextCall(filter: CallFilter): Promise<CallRecord>;
  clearCalls(): void;
  /** Ends tasks (SIGTERM, after two seconds SIGKILL) and the server, if there is one. Safe to call twice. */
  close(): Promise<void>;
}

/** A local AWS that runs as a server. */
export interface LocalAws extends InProcessAws {
  /** Example: `http://127.0.0.1:4566`. */
  readonly url: string;
  readonly port: number;
  /** Environment variables that direct AWS's SDKs and command line to it: endpoint, region, credentials. */
  readonly environment: Readonly<Record<string, string>>;
}
