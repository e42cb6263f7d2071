import { spawn } from 'node:child_process';
import { type JsonObject, stringifyJson } from '@worker-host/core';
import type { Notification, NotificationReceiver } from './notification.js';

const MOST_ERROR_CHARACTERS = 500;
const MOST_FACT_CHARACTERS = 2000;

/** Starts a program for each notification, without a shell: the JSON on standard input, the main facts in its environment. */
export class NotifyCommand implements NotificationReceiver {
  readonly name = 'command';
  readonly timeoutMs = 30_000;

  /** @param words the program and its arguments. @param environment that of the worker. */
  constructor(
    private readonly words: readonly string[],
    private readonly environment: Readonly<Record<string, string | undefined>>,
    private readonly workingDirectory: string,
  ) {}

  async send(notification: Notification & JsonObject, signal: AbortSignal): Promise<void> {
    const [program = '', ...words] = this.words;
    const child = spawn(program, words, {
      cwd: this.workingDirectory,
      env: { ...withoutOwn(this.environment), ...factsOf(notification) },
      stdio: ['pipe', 'ignore', 'pipe'],
      signal,
      killSignal: 'SIGKILL',
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-MOST_ERROR_CHARACTERS);
    });
    // A program need not read its input.
    child.stdin.on('error', () => {}).end(stringifyJson(notification));
    const [code, by] = await new Promise<readonly [number | null, string | null]>((resolve, reject) => {
      child.once('error', reject).once('close', (...ended) => resolve(ended));
    });
    if (code !== 0) throw new Error(`the command ended with ${by ?? `exit code ${code}`}: ${errors.trim()}`);
  }
}

/** Settings of the worker, including its secrets, are not passed to the command. */
function withoutOwn(environment: NotifyCommand['environment']): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('WORKER_HOST_')));
}

function factsOf({ id, kind, summary, reason, workPool, run }: Notification): Record<string, string> {
  const facts = {
    NOTIFICATION_ID: id,
    NOTIFICATION_KIND: kind,
    NOTIFICATION_SUMMARY: summary,
    NOTIFICATION_REASON: reason,
    NOTIFICATION_POOL: workPool,
    NOTIFICATION_RUN_ID: run.id,
    NOTIFICATION_RUN_NAME: run.name,
    NOTIFICATION_DEPLOYMENT: run.deployment ?? '',
  };
  // An environment variable cannot contain NUL or any length; standard input contains the complete text.
  return Object.fromEntries(
    Object.entries(facts).map(([name, text]) => [name, text.replaceAll('\0', '').slice(0, MOST_FACT_CHARACTERS)]),
  );
}
