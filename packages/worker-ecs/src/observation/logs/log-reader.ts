import type { AwsClients } from '../../aws/aws-clients.js';
import type { TaskWithOutput } from './log-locator.js';
import type { OutputLine } from './stream-cursor.js';

/** A task whose output is read. */
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
  /** Position of the next read, also in another process. Null: the beginning. */
  readonly cursor: string | null;
}

/** The output of one task. */
export interface TaskOutput {
  /**
   * Returns the lines after the cursor. The worker makes one call at a time, at most every two seconds, and retries after errors. An
   * output that does not exist (yet) has no lines.
   *
   * @param cursor that of the last page, also of an earlier process; null: the beginning.
   */
  read(cursor: string | null, signal: AbortSignal): Promise<OutputPage>;
  /** Returns the last lines of a task that has ended, oldest first, at most `limit`. */
  tail(limit: number, signal: AbortSignal): Promise<readonly string[]>;
}

/** Reads the output of tasks from one kind of log. The worker calls it once for each task whose output it needs. */
export interface EcsLogReader {
  /**
   * Finds the output of a task. Null: this reader cannot read it, and the next one is tried. `elsewhere` describes where the output
   * goes, such as `goes to the log driver splunk`, for the log of a run whose output no reader finds.
   */
  outputOf(task: TaskToRead): Promise<TaskOutput | { readonly elsewhere: string } | null>;
}
