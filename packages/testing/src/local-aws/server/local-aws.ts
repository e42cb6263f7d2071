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

/** Who makes a call of {@link InProcessAws.call}, and where. */
export interface Caller {
  /** Access key: its account answers, and sessions of AssumeRole expire. Default: a key of the default account. */
  readonly accessKeyId?: string;
  /** Account that answers, whatever the key. Default: the key's. */
  readonly account?: string;
  /** Default: the region of the options. */
  readonly region?: string;
  /** Aborted: the call rejects with an error of name `AbortError`. What it asked for may have been done. */
  readonly signal?: AbortSignal;
  /** Times of the answer are ISO 8601 texts. Default: epoch seconds, as on the wire. */
  readonly timesAsText?: boolean;
}

/** An AWS in this process: no HTTP, no processes, and no time but the clock's. */
export interface InProcessAws {
  readonly account: string;
  readonly region: string;
  readonly faults: FaultControl;
  /** What AWS does not state; `set` changes it. */
  readonly assumptions: Assumptions;
  /** ECS of the default account and region. */
  readonly ecs: LocalEcs;
  readonly logs: LogStore;
  readonly queues: QueueStore;
  readonly network: Network;
  /**
   * Answers one call, such as `call('ecs:RunTask', { … })`, with members as on the wire: times are epoch seconds.
   * Input and answer share no object with the state.
   *
   * @throws AwsCallError shaped like an error of the AWS SDK: AWS's code is its `name`.
   */
  call(operation: `${ServiceName}:${string}`, input: Params, caller?: Caller): Promise<Answer>;
  /** The services of another account or region. */
  at(account: string, region: string): AccountRegion;
  /**
   * Sends task events of the default account and region to a queue, which is created when missing. `pattern` takes the
   * events that the queue gets, as the pattern of a rule of EventBridge does; default: all.
   */
  connectEventsToQueue(queueName: string, pattern?: EventPattern): void;
  /** The latest calls, oldest first. */
  calls(filter?: CallFilter): CallRecord[];
  /** Counts by `service:operation` over all calls. */
  callCounts(): Record<string, CallCounts>;
  /** The next call that matches. */
  nextCall(filter: CallFilter): Promise<CallRecord>;
  clearCalls(): void;
  /** Ends tasks (SIGTERM, after two seconds SIGKILL) and the server, if there is one. Safe to call twice. */
  close(): Promise<void>;
}

/** A local AWS that runs as a server. */
export interface LocalAws extends InProcessAws {
  /** Such as `http://127.0.0.1:4566`. */
  readonly url: string;
  readonly port: number;
  /** What makes AWS's SDKs and command line talk to it: endpoint, region, credentials. */
  readonly environment: Readonly<Record<string, string>>;
}
