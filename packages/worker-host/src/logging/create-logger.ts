import type { JsonObject, LogFields, Logger, SecretRegistry } from '@worker-host/core';
import { pino } from 'pino';
import { errorLine } from './log-text.js';
import { textLine } from './text-line.js';
import { LOCAL_TIME, type TimeFormat } from './time-format.js';

export interface CreateLoggerOptions {
  /** Minimum level. Default: info. */
  readonly level?: 'debug' | 'info' | 'warn' | 'error';
  /** Lines for people, or one JSON object per line. Default: text. */
  readonly format?: 'text' | 'json';
  /** Receives each line including its line end. */
  readonly write: (line: string) => void;
  /** Its values are redacted in all lines. */
  readonly secrets: SecretRegistry;
  /** True: coloured lines for people. Default: false. */
  readonly colors?: boolean;
  /** Time format of lines for people. Default: local time zone. */
  readonly times?: TimeFormat;
  /** Milliseconds since the epoch. Default: the system clock. */
  readonly nowMs?: () => number;
}

const LONGEST_LINE = 200_000;
/** JSON needs at most six characters per character. */
const LONGEST_MESSAGE = 30_000;

/** Creates the worker's own log. */
export function createLogger(options: CreateLoggerOptions): Logger {
  const {
    level = 'info',
    format = 'text',
    write,
    secrets,
    colors = false,
    times = LOCAL_TIME,
    nowMs = Date.now,
  } = options;
  const root = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date(nowMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: (error: unknown) => serialized(error) },
    },
    {
      write(line: string) {
        const redacted = redactedLine(line, secrets);
        write(format === 'json' ? shortLine(redacted) : secrets.redact(textLine(redacted, colors, times)));
      },
    },
  );
  return new PinoLogger(root);
}

interface PinoLike {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): PinoLike;
}

class PinoLogger implements Logger {
  constructor(private readonly pino: PinoLike) {}

  debug(message: string, fields: LogFields = {}): void {
    this.pino.debug(fields, message);
  }

  info(message: string, fields: LogFields = {}): void {
    this.pino.info(fields, message);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.pino.warn(fields, message);
  }

  error(message: string, fields: LogFields = {}): void {
    this.pino.error(fields, message);
  }

  child(fields: LogFields): Logger {
    return new PinoLogger(this.pino.child(fields));
  }
}

/** Remains a line of JSON, whatever the secrets are. */
function redactedLine(line: string, secrets: SecretRegistry): string {
  if (secrets.redact(line) === line) return line;
  return `${JSON.stringify(secrets.redactJson(JSON.parse(line) as JsonObject))}\n`;
}

/** A line that is too long keeps the beginning of its message, and remains valid JSON. */
function shortLine(line: string): string {
  if (line.length <= LONGEST_LINE) return line;
  const { level, time, message } = JSON.parse(line) as Record<string, unknown>;
  const beginning = `${String(message).slice(0, LONGEST_MESSAGE)}… [truncated]`;
  return `${JSON.stringify({ level, time, message: beginning })}\n`;
}

function serialized(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { ...code, message: errorLine(error), stack: error.stack };
}
