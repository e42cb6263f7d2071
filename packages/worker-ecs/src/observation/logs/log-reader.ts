import type { AwsClients } from '../../aws/aws-clients.js';
import type { TaskWithOutput } from './log-locator.js';
import type { OutputLine } from './stream-cursor.js';

/** A task whose output is to be read. */
export interface TaskToRead extends TaskWithOutput {
  readonly flowRunId: string;
  readonly clients: AwsClients;
  /** Clients of the same credentials in another region. */
  clientsIn(region: string): Promise<AwsClients>;
}

/** New lines of an output. */
export interface OutputPage {
  /** Oldest first. */
  readonly lines: readonly OutputLine[];
  /** Where the next read continues, also in another process. Null: at the beginning. */
  readonly cursor: string | null;
}

/** The output of one task, where a reader found it. */
export interface TaskOutput {
  /**
   * Returns the lines after the cursor. Called every two seconds at most, one call at a time; what it throws is retried. An
   * output that does not exist (yet) has no lines.
   *
   * @param cursor as the last page had it, or an earlier process; null: at the beginning.
   */
  read(cursor: string | null, signal: AbortSignal): Promise<OutputPage>;
  /** Returns the last lines of a task that has ended, oldest first, at most `limit`. */
  tail(limit: number, signal: AbortSignal): Promise<readonly string[]>;
}

/** Reads the output of tasks from one kind of place. Asked once for each task whose output is wanted. */
export interface EcsLogReader {
  /**
   * Finds the output of a task. Null: this reader does not know, and the next one is asked. `elsewhere` says in words where
   * the output went, such as `goes to the log driver splunk`, for the log of a run whose output no reader finds.
   */
  outputOf(task: TaskToRead): Promise<TaskOutput | { readonly elsewhere: string } | null>;
}
