import { type LogRecord, SecretRegistry, silentLogger } from '@worker-host/core';
import { FakeClock } from '@worker-host/testing';
import { expect } from 'chai';
import { type CreateLoggerOptions, createLogger } from '../../src/logging/create-logger.js';
import { RunLogger } from '../../src/logging/run-logger.js';
import { UTC_TIME } from '../../src/logging/time-format.js';

function createSubject(options: Partial<CreateLoggerOptions> = {}) {
  const lines: string[] = [];
  const secrets = new SecretRegistry();
  const nowMs = () => Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  const logger = createLogger({ write: (line) => void lines.push(line), secrets, nowMs, times: UTC_TIME, ...options });
  return { lines, secrets, logger };
}

describe('createLogger', () => {
  it('writes lines for people, with fields after the message', () => {
    const { lines, logger } = createSubject();

    logger.child({ run: 'a b' }).info('Took it', { slots: 2, error: new Error('no', { cause: new Error('why') }) });

    expect(lines).to.deep.equal([
      '2026-01-02 03:04:05.678Z INFO  Took it  run="a b" slots=2 error="Error: no <- Error: why"\n',
    ]);
  });

  it('writes an error once', () => {
    const { lines, logger } = createSubject();
    const error = new TypeError('it is "odd"\n  a: b');

    logger.error(`Cannot go on: ${error.name}: ${error.message}`, { error, run: 'x' });
    logger.error('Cannot go on: Error: outer', { error: new Error('outer', { cause: new Error('inner') }) });

    expect(lines).to.deep.equal([
      '2026-01-02 03:04:05.678Z ERROR Cannot go on: TypeError: it is "odd"\\n  a: b  run=x\n',
      '2026-01-02 03:04:05.678Z ERROR Cannot go on: Error: outer  cause="Error: inner"\n',
    ]);
  });

  it('remains JSON however long a line is', () => {
    const { lines, logger } = createSubject({ format: 'json' });

    logger.warn('\x01'.repeat(100_000), { other: 'x' });

    const line = JSON.parse(lines[0] ?? '');
    expect(line).to.have.all.keys('level', 'time', 'message');
    expect(line.message).to.equal(`${'\x01'.repeat(30_000)}… [truncated]`);
    expect(lines[0]?.length).to.be.lessThan(200_000);
  });

  it('remains JSON whatever is secret', () => {
    const { lines, secrets, logger } = createSubject({ format: 'json' });
    for (const value of ['true', 'plum', '31337']) secrets.add(value);

    logger.warn('is plum', { yes: true, pin: 31337, port: 8080 });

    expect(JSON.parse(lines[0] ?? '')).to.include({ message: 'is ********', yes: true, pin: '********', port: 8080 });
  });

  it('writes JSON on request', () => {
    const { lines, logger } = createSubject({ format: 'json' });

    logger.warn('Careful', { count: 3 });

    expect(JSON.parse(lines[0] ?? '')).to.deep.equal({
      level: 'warn',
      time: '2026-01-02T03:04:05.678Z',
      count: 3,
      message: 'Careful',
    });
  });

  for (const format of ['text', 'json'] as const)
    it(`hides secrets in message, fields and errors (${format})`, () => {
      const { lines, secrets, logger } = createSubject({ format });
      secrets.add('s3cret"value');

      logger.error('with s3cret"value', { field: 's3cret"value', error: new Error('s3cret"value') });

      expect(lines.join('')).not.to.match(/s3cret/);
      expect(lines.join('')).to.match(/\*{8}/);
    });

  it('writes nothing below its level', () => {
    const { lines, logger } = createSubject({ level: 'warn' });

    logger.debug('no');
    logger.info('no');
    logger.warn('yes');

    expect(lines).to.have.length(1);
  });
});

describe("RunLogger in the worker's log", () => {
  it('shows the name of the run with its id', () => {
    const { lines, logger } = createSubject();
    const run = new RunLogger({
      flowRunId: 'a',
      runName: 'brisk-otter',
      send: () => {},
      workerLog: logger,
      clock: new FakeClock(),
      secrets: new SecretRegistry(),
    });

    run.info('First\nsecond', { n: 1 });

    expect(lines).to.deep.equal(['2026-01-02 03:04:05.678Z INFO  First\\nsecond  run=brisk-otter flowRunId=a n=1\n']);
  });
});

describe('RunLogger', () => {
  function createRunLogger() {
    const records: LogRecord[] = [];
    const secrets = new SecretRegistry();
    const logger = new RunLogger({
      flowRunId: 'a',
      runName: 'brisk-otter',
      send: (record) => void records.push(record),
      workerLog: silentLogger,
      clock: new FakeClock(),
      secrets,
    });
    return { records, secrets, logger };
  }

  it('sends lines to the log of the run, with numeric levels and redacted secrets', () => {
    const { records, secrets, logger } = createRunLogger();
    secrets.add('topsecret');

    logger.debug('d');
    logger.child({ n: 1 }).warn('with topsecret', { m: 'topsecret' });

    expect(records.map(({ level, message, flowRunId }) => [level, message, flowRunId])).to.deep.equal([
      [10, 'd', 'a'],
      [30, 'with ******** [n=1 m=********]', 'a'],
    ]);
  });

  it('writes an error once, and redacts a secret that was truncated with its field', () => {
    const { records, secrets, logger } = createRunLogger();
    const error = new Error('no');
    secrets.add('k'.repeat(50));

    logger.error('Failed: Error: no', { error, body: 'x'.repeat(1990) + 'k'.repeat(50) });

    expect(records[0]?.message).to.match(/^Failed: Error: no \[body=x+\*{8}… \(cut\)\]$/);
  });

  it('truncates a line that is far too long', () => {
    const { records, logger } = createRunLogger();

    logger.info('x'.repeat(1_000_000));

    expect(records[0]?.message.length).to.equal(100_000 + '… [truncated]'.length);
  });
});
