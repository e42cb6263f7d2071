import type { LogFields, Logger } from '@worker-host/core';

/** Writes each line to all loggers that exist when it is written. */
export class FanOutLogger implements Logger {
  constructor(
    private readonly loggers: ReadonlySet<Logger>,
    private readonly fields: LogFields = {},
  ) {}

  debug(message: string, fields?: LogFields): void {
    for (const logger of this.loggers) logger.debug(message, { ...this.fields, ...fields });
  }

  info(message: string, fields?: LogFields): void {
    for (const logger of this.loggers) logger.info(message, { ...this.fields, ...fields });
  }

  warn(message: string, fields?: LogFields): void {
    for (const logger of this.loggers) logger.warn(message, { ...this.fields, ...fields });
  }

  error(message: string, fields?: LogFields): void {
    for (const logger of this.loggers) logger.error(message, { ...this.fields, ...fields });
  }

  child(fields: LogFields): Logger {
    return new FanOutLogger(this.loggers, { ...this.fields, ...fields });
  }
}
