import type { AwsClients } from '../../aws/aws-clients.js';
import type { AwsCredentialsValue } from '../../aws/aws-credentials-value.js';
import type { EcsTask } from '../../aws/ecs-api.js';

/** A task in an event, as returned by `parseEcsEventMessage`. */
export interface ReceivedTaskEvent {
  /** A UUID. Null: the event has none. */
  readonly id: string | null;
  /** ISO 8601. Null: the event has none. */
  readonly time: string | null;
  /** The task of the event, with its `version` if present. Ignored without `taskArn`. */
  readonly detail: EcsTask;
}

/** Receives events about tasks from any source. Each event makes the worker describe the task sooner. */
export interface EcsTaskEventReceiver {
  /**
   * Resolves when all are applied; never rejects. Events of one task are applied in the order of their versions, events of
   * tasks that are not of this worker are ignored.
   */
  receive(events: readonly ReceivedTaskEvent[]): Promise<void>;
}

/** Passes task events to the {@link EcsTaskEventReceiver}. Without events the worker detects ends by polling. */
export interface EcsTaskEventSource {
  /** One line for each reason why events do not arrive, for the health of the worker. Empty: all is well. */
  readonly problems: readonly string[];
  /** Called for each task that is followed, with its clients. A source that needs none starts at the first call. */
  begin(clients: AwsClients, credentials: AwsCredentialsValue | null): void;
  /** Stops; resolves when no operation is in progress. Safe to call twice. */
  close(): Promise<void>;
}
