import type { Clock, LogFields, Logger, LogRecord, SecretRegistry } from '@worker-host/core';
import { fieldsText } from './log-text.js';

const LOGGER_NAME = 'prefect.flow_runs.worker';
const LONGEST_MESSAGE = 100_000;
const LEVELS = { debug: 10, info: 20, warn: 30, error: 40 } as const;

type LevelName = keyof typeof LEVELS;

export interface RunLoggerOptions {
  readonly flowRunId: string;
  /** Name of the run, which the worker's own log shows with the id. */
  readonly runName: string;
  /** Receives lines of a run's log. */
  readonly send: (record: LogRecord) => void;
  /** The worker's own log, which also receives every line. */
  readonly workerLog: Logger;
  readonly clock: Clock;
  readonly secrets: SecretRegistry;
}

/** A logger for a run: its lines go to the control plane and to the worker's own log. */
export class RunLogger implements Logger {
  constructor(
    private readonly options: RunLoggerOptions,
    private readonly fields: LogFields = {},
  ) {}

  debug(message: string, fields?: LogFields): void {
    this.#write('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#write('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#write('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#write('error', message, fields);
  }

  child(fields: LogFields): Logger {
    return new RunLogger(this.options, { ...this.fields, ...fields });
  }

  #write(level: LevelName, message: string, fields: LogFields = {}): void {
    const { send, workerLog, clock, secrets, flowRunId, runName } = this.options;
    const all = { ...this.fields, ...fields };
    workerLog[level](message, { run: runName, flowRunId, ...all });
    const extra = fieldsText(all, message);
    const text = secrets.redact(extra === '' ? message : `${message} [${extra}]`);
    const isTooLong = text.length > LONGEST_MESSAGE;
    send({
      name: LOGGER_NAME,
      level: LEVELS[level],
      message: isTooLong ? `${text.slice(0, LONGEST_MESSAGE)}… [truncated]` : text,
      timestampMs: clock.nowMs(),
      flowRunId,
    });
  }
}
