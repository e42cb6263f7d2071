import { isWorkerError, type JsonObject, type Logger, type SecretRegistry } from '@worker-host/core';
import { safeText } from '../logging/safe-text.js';
import type { CommandIo } from './command-io.js';
import { EXIT_CODES, exitNameOf } from './exit-codes.js';

const MAX_CAUSES = 5;

/** Format of an error. */
export interface ErrorStyle {
  /** Set if standard error is a log: the error becomes a log line. */
  readonly log: Logger | null;
  /** True: as one JSON object on standard error. */
  readonly asJson: boolean;
  /** True: with stack traces. */
  readonly withStacks: boolean;
}

/** Prints an error to standard error, with known secrets redacted, and returns its exit code. */
export function reportError(error: unknown, io: CommandIo, secrets: SecretRegistry, style: ErrorStyle): number {
  const exitName = exitNameOf(error);
  const exitCode = EXIT_CODES[exitName].code;
  if (style.log !== null) style.log.error(messageOf(error), { error, exitCode });
  else if (style.asJson) io.err(`${JSON.stringify(secrets.redactJson(asJson(error, exitCode, style)))}\n`);
  else io.err(safeLines(secrets.redact(asText(error, style))));
  return exitCode;
}

function asText(error: unknown, style: ErrorStyle): string {
  const lines = [`worker-host: ${messageOf(error)}`];
  if (isWorkerError(error)) lines.push(`  code: ${error.code}`);
  for (const cause of causesOf(error).map(messageOf))
    if (!lines.some((line) => line.includes(cause))) lines.push(`  cause: ${indent(cause)}`);
  if (style.withStacks) {
    for (const each of [error, ...causesOf(error)]) if (each instanceof Error && each.stack) lines.push('', each.stack);
  } else if (!isWorkerError(error)) {
    lines.push(
      '  This is an unexpected error. Please report it, with the output of the command under WORKER_HOST_DEBUG=1.',
    );
  }
  return `${lines.join('\n')}\n`;
}

/** Names that others chose must not affect the terminal. */
function safeLines(text: string): string {
  return text.split('\n').map(safeText).join('\n');
}

function asJson(error: unknown, exitCode: number, style: ErrorStyle): JsonObject {
  const causes = causesOf(error).map(messageOf);
  const shown: JsonObject = {
    code: isWorkerError(error) ? error.code : 'UNEXPECTED',
    message: messageOf(error),
    details: isWorkerError(error) ? error.details : {},
    causes,
    exitCode,
    ...(style.withStacks && error instanceof Error ? { stack: error.stack ?? null } : {}),
  };
  return { error: shown };
}

function causesOf(error: unknown): readonly unknown[] {
  const causes: unknown[] = [];
  let current = error;
  while (current instanceof Error && current.cause !== undefined && causes.length < MAX_CAUSES) {
    causes.push(current.cause);
    current = current.cause;
  }
  return causes;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const systemCode = (error as { code?: unknown }).code;
  const isKnown = isWorkerError(error) || typeof systemCode !== 'string' || error.message.includes(systemCode);
  const text = error.message === '' ? error.name : error.message;
  return isKnown ? text : `${text} (${systemCode})`;
}

function indent(text: string): string {
  return text.replaceAll('\n', '\n    ');
}
