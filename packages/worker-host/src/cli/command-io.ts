import type { Clock } from '@worker-host/core';

/** Origin of an unhandled error. */
export type UnhandledOrigin = 'uncaughtException' | 'unhandledRejection';

/** The process as a command sees it. Tests provide their own. */
export interface CommandIo {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly userHome: string;
  readonly platform: string;
  /** Same format as `process.version`. */
  readonly nodeVersion: string;
  readonly clock: Clock;
  readonly stdoutIsTerminal: boolean;
  readonly stdinIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  /** Current width of the terminal in characters. */
  readonly columns: number;
  /** Current height of the terminal in lines. */
  readonly rows: number;
  /** Writes to standard output, unchanged. */
  out(text: string): void;
  /** Resolves when the output so far has been read, or is at most in a buffer of the system. */
  drained(): Promise<void>;
  /** Writes to standard error, unchanged. */
  err(text: string): void;
  /** Reads all of standard input. */
  readInput(): Promise<string>;
  /** Prompts for a line at the terminal. */
  prompt(question: string): Promise<string>;
  /** Prompts for hidden input at the terminal. */
  promptHidden(question: string): Promise<string>;
  /** Calls the listener on each SIGINT and SIGTERM until the returned function is called. */
  onStopSignal(listener: (signal: 'SIGINT' | 'SIGTERM') => void): () => void;
  /**
   * Calls the listener with each key pressed at the terminal, as the characters it sends, until the returned function
   * is called. Ctrl-C is then a key. Never called if standard input is not a terminal.
   */
  onKey(listener: (key: string) => void): () => void;
  /** Calls the listener when the terminal is resized, until the returned function is called. */
  onResize(listener: () => void): () => void;
  /**
   * Calls the listener with each unhandled error, until the returned function is called. If the listener returns false,
   * the process ends as it would without it.
   */
  onUnhandled(listener: (error: unknown, origin: UnhandledOrigin) => boolean): () => void;
  /**
   * Calls the listener with the exit code when the process ends for any reason, until the returned function is called.
   * The process ends with the code that the listener returns.
   */
  onExit(listener: (code: number) => number): () => void;
  /** Lets the command continue when the reader of its output has gone; later output is dropped. */
  outliveReaders(): void;
  /** Passes later warnings of Node to the listener, instead of printing them to standard error. */
  onWarning(listener: (warning: Error) => void): void;
  /** Ends the process immediately, without cleaning up: for the third stop signal. */
  exitNow(code: number): void;
}
