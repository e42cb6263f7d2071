import { readFileSync } from 'node:fs';
import { OrchestratorUnauthorizedError, OrchestratorUnavailableError, WorkerError } from '@worker-host/core';
import { expect } from 'chai';
import { InterruptedError, TerminatedError, UsageError } from '../../src/cli/cli-errors.js';
import { EXIT_CODES, exitCodeOfOutcome, exitNameOf } from '../../src/cli/exit-codes.js';
import { SettingsInvalidError } from '../../src/configuration/configuration-errors.js';

class SomeError extends WorkerError {
  constructor(readonly code: string) {
    super('It failed.');
  }
}

describe('exit codes', () => {
  it('match the table of docs/exit-codes.md', () => {
    const page = readFileSync(new URL('../../../../../docs/exit-codes.md', import.meta.url), 'utf8');

    const documented = [...page.matchAll(/^\| (\d+) \| `(\w+)` \| (.*) \|$/gm)].map(([, code, name, meaning]) => ({
      code: Number(code),
      name,
      meaning,
    }));

    const actual = Object.entries(EXIT_CODES).map(([name, { code, meaning }]) => ({ code, name, meaning }));
    expect(documented).to.deep.equal(actual);
  });

  it('are each used once', () => {
    const codes = Object.values(EXIT_CODES).map(({ code }) => code);

    expect(new Set(codes).size).to.equal(codes.length);
  });

  const errors: readonly (readonly [error: unknown, name: string])[] = [
    [new Error('boom'), 'UNEXPECTED'],
    ['not even an error', 'UNEXPECTED'],
    [new SomeError('SOMETHING_NEW'), 'UNEXPECTED'],
    [new UsageError('What?'), 'USAGE'],
    [new InterruptedError('Stopped.'), 'INTERRUPTED'],
    [new TerminatedError('Stopped.'), 'TERMINATED'],
    [new SettingsInvalidError([]), 'CONFIGURATION'],
    [new OrchestratorUnauthorizedError('Reading', 'x', ''), 'UNAUTHORIZED'],
    [new OrchestratorUnavailableError('Reading', 'x'), 'UNAVAILABLE'],
    [new SomeError('WORK_POOL_NOT_FOUND'), 'NOT_FOUND'],
    [new SomeError('WORK_POOL_EXISTS'), 'CONFLICT'],
    [new SomeError('PLUGIN_LOAD_FAILED'), 'PLUGIN'],
    [new SomeError('PLUGIN_NOT_FOUND'), 'PLUGIN'],
    [new SomeError('DATABASE_LOCKED'), 'DATA'],
    [new SomeError('DATA_DIRECTORY_UNWRITABLE'), 'DATA'],
    [new SomeError('BASE_JOB_TEMPLATE_INVALID'), 'CONFIGURATION'],
    [new SomeError('CLOUD_CREDENTIALS_MISSING'), 'UNAUTHORIZED'],
  ];
  for (const [error, name] of errors) {
    const what = error instanceof WorkerError ? error.code : String(error);
    it(`is ${name} for ${what}`, () => {
      expect(exitNameOf(error)).to.equal(name);
    });
  }

  it('reflect the outcome of a watched run', () => {
    const outcomes = (['COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED'] as const).map(exitCodeOfOutcome);

    expect(outcomes).to.deep.equal([0, 10, 11, 12]);
  });
});
