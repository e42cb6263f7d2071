/** Data of a log message. Values should be JSON; the `error` key can hold an Error. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A logger. The message is fixed text, so that lines can be grouped; variable data goes into the fields. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Returns a logger that adds these fields to every line. */
  child(fields: LogFields): Logger;
}

/** Discards all lines. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child() {
    return silentLogger;
  },
};
