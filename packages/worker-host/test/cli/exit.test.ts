import { SecretRegistry } from '@worker-host/core';
import { expect } from 'chai';
import { UsageError } from '../../src/cli/cli-errors.js';
import { reportError } from '../../src/cli/exit.js';
import { CommandLineBench } from './run-command-line.js';

describe('printing of errors', () => {
  let bench: CommandLineBench;
  beforeEach(() => {
    bench = new CommandLineBench();
  });
  afterEach(() => bench.dispose());

  const report = (error: unknown, style: { asJson?: boolean; withStacks?: boolean } = {}) => {
    const secrets = new SecretRegistry();
    secrets.add('hunter2hunter2');
    const exitCode = reportError(error, bench.createIo(), secrets, {
      log: null,
      asJson: false,
      withStacks: false,
      ...style,
    });
    return { exitCode, printed: bench.stderr };
  };

  it('shows message, code and what to try', () => {
    const { exitCode, printed } = report(new UsageError('Which pool?'));

    expect(exitCode).to.equal(2);
    expect(printed).to.equal('worker-host: Which pool? See `worker-host --help`.\n  code: USAGE\n');
  });

  it('shows the causes, each with its system code, and redacts secrets everywhere', () => {
    const root = Object.assign(new Error('no space with hunter2hunter2'), { code: 'ENOSPC' });
    const error = new Error('Writing failed', { cause: new Error('The file hunter2hunter2', { cause: root }) });

    const { printed } = report(error);

    expect(printed).to.contain('cause: The file ********\n').and.to.contain('cause: no space with ******** (ENOSPC)');
    expect(printed).not.to.contain('hunter2');
  });

  it('escapes control characters, except its own line breaks', () => {
    const { printed } = report(new UsageError('No pool \x1b[2J\x9bx\u202e\r.\nSecond line'));

    expect(printed).to.contain('No pool \\e[2J\\x9bx\\u202e\\r.\nSecond line');
  });

  it('does not repeat a cause that the message already contains', () => {
    const { printed } = report(new Error('It failed: no route', { cause: new Error('no route') }));

    expect(printed).not.to.contain('cause:');
  });

  it('tolerates circular causes', () => {
    const error = new Error('round');
    error.cause = new Error('and', { cause: error });

    expect(report(error).printed.split('\n')).to.have.length.lessThan(8);
  });

  it('shows stack traces only on request, without secrets', () => {
    const error = new Error('unforeseen hunter2hunter2');

    expect(report(error).printed).to.contain('WORKER_HOST_DEBUG=1').and.not.to.contain('    at ');
    bench.stderr = '';
    expect(report(error, { withStacks: true }).printed).to.match(/unforeseen \*{8}\n {4}at /);
  });

  it('prints one JSON object for scripts', () => {
    const { printed } = report(new UsageError('Which "pool"?'), { asJson: true });

    expect(JSON.parse(printed)).to.deep.equal({
      error: {
        code: 'USAGE',
        message: 'Which "pool"? See `worker-host --help`.',
        details: { problem: 'Which "pool"?' },
        causes: [],
        exitCode: 2,
      },
    });
  });
});
