import type { Network } from '../ec2/network-model.js';
import type { LocalEcs } from '../ecs/local-ecs.js';
import type { FaultControl } from '../faults/fault-control.js';
import type { LogStore } from '../logs/log-store.js';
import type { QueueStore } from '../sqs/queue-store.js';
import type { AccountRegion } from './account-region.js';
import type { CallCounts, CallFilter, CallRecord } from './call-log.js';

/** A local AWS that runs. */
export interface LocalAws {
  /** Such as `http://127.0.0.1:4566`. */
  readonly url: string;
  readonly port: number;
  readonly account: string;
  readonly region: string;
  /** What makes AWS's SDKs and command line talk to it: endpoint, region, credentials. */
  readonly environment: Readonly<Record<string, string>>;
  readonly faults: FaultControl;
  /** ECS of the default account and region. */
  readonly ecs: LocalEcs;
  readonly logs: LogStore;
  readonly queues: QueueStore;
  readonly network: Network;
  /** The services of another account or region. */
  at(account: string, region: string): AccountRegion;
  /** Sends task events of the default account and region to a queue, which is created when missing. */
  connectEventsToQueue(queueName: string): void;
  /** The latest calls, oldest first. */
  calls(filter?: CallFilter): CallRecord[];
  /** Counts by `service:operation` over all calls. */
  callCounts(): Record<string, CallCounts>;
  /** The next call that matches. */
  nextCall(filter: CallFilter): Promise<CallRecord>;
  clearCalls(): void;
  /** Ends tasks (SIGTERM, after two seconds SIGKILL) and the server. Safe to call twice. */
  close(): Promise<void>;
}
