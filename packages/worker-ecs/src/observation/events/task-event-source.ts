import type { AwsClients } from '../../aws/aws-clients.js';
import type { AwsCredentialsValue } from '../../aws/aws-credentials-value.js';
import type { EcsTask } from '../../aws/ecs-api.js';

/** What an event says of a task, as `parseEcsEventMessage` reads it. */
export interface ReceivedTaskEvent {
  /** A UUID. Null: the event has none. */
  readonly id: string | null;
  /** ISO 8601. Null: the event has none. */
  readonly time: string | null;
  /** The task as the event describes it, with its `version` where it has one. Without `taskArn` it is ignored. */
  readonly detail: EcsTask;
}

/** Takes events about tasks, of whatever source: each makes the watcher see a change sooner. */
export interface EcsTaskEventReceiver {
  /**
   * Resolves when all are applied; never rejects. Events of one task are applied in the order of their versions, events of
   * tasks that are not of this worker are ignored.
   */
  receive(events: readonly ReceivedTaskEvent[]): Promise<void>;
}

/** Brings task events to the {@link EcsTaskEventReceiver}. Ends are found by polling where it brings none. */
export interface EcsTaskEventSource {
  /** One line for each reason why events do not arrive, for the health of the worker. Empty: all is well. */
  readonly problems: readonly string[];
  /** Called for each task that is followed, with its clients. A source that needs none starts at the first call. */
  begin(clients: AwsClients, credentials: AwsCredentialsValue | null): void;
  /** Stops; resolves when nothing is under way any more. Safe to call twice. */
  close(): Promise<void>;
}
