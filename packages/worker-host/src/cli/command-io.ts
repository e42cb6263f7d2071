import type { Clock } from '@worker-host/core';

/** How an error came to be that nobody handles. */
export type UnhandledOrigin = 'uncaughtException' | 'unhandledRejection';

/** All that a command sees of the process it runs in. Tests supply their own. */
export interface CommandIo {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly userHome: string;
  readonly platform: string;
  /** As `process.version`. */
  readonly nodeVersion: string;
  readonly clock: Clock;
  readonly stdoutIsTerminal: boolean;
  readonly stdinIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  /** Width of the terminal in characters, as of now. */
  readonly columns: number;
  /** Height of the terminal in lines, as of now. */
  readonly rows: number;
  /** What a command answers. Nothing is added. */
  out(text: string): void;
  /** Resolves once what was answered so far has been taken by its reader, or at most waits in a buffer of the system. */
  drained(): Promise<void>;
  /** What a person should know beside the answer. Nothing is added. */
  err(text: string): void;
  /** All of standard input. */
  readInput(): Promise<string>;
  /** Asks at the terminal for a line. */
  prompt(question: string): Promise<string>;
  /** Asks at the terminal without showing what is typed. */
  promptHidden(question: string): Promise<string>;
  /** Calls back at each SIGINT and SIGTERM until the returned function is called. */
  onStopSignal(listener: (signal: 'SIGINT' | 'SIGTERM') => void): () => void;
  /**
   * Calls back with each key pressed at the terminal, as the characters it sends, until the returned function is called.
   * Ctrl-C is a key then. Nothing is called back where standard input is no terminal.
   */
  onKey(listener: (key: string) => void): () => void;
  /** Calls back when the terminal has another size, until the returned function is called. */
  onResize(listener: () => void): () => void;
  /**
   * Calls back with each error that nobody handles, until the returned function is called. Where the listener answers
   * false, the process ends as it would without it.
   */
  onUnhandled(listener: (error: unknown, origin: UnhandledOrigin) => boolean): () => void;
  /**
   * Calls back when the process ends, whoever ends it, with the exit code, until the returned function is called. The
   * process ends with the code that the listener returns.
   */
  onExit(listener: (code: number) => number): () => void;
  /** The command continues when whoever reads its output goes away; what it writes then is dropped. */
  outliveReaders(): void;
  /** From now on warnings of Node go to the listener, instead of as text to standard error. */
  onWarning(listener: (warning: Error) => void): void;
  /** Ends the process immediately, with nothing tidied up: for the third stop signal. */
  exitNow(code: number): void;
}
