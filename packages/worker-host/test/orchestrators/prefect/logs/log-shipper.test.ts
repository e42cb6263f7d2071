import {
  type LogRecord,
  OrchestratorUnavailableError,
  SecretRegistry,
  silentLogger,
  silentMeter,
} from '@worker-host/core';
import { expect } from 'chai';
import fc from 'fast-check';
import type { ApiLogCreate } from '../../../../src/orchestrators/prefect/api/api-types.js';
import { LogShipper, type LogShippingOptions } from '../../../../src/orchestrators/prefect/logs/log-shipper.js';
import { PrefectRefusedError } from '../../../../src/orchestrators/prefect/rest/rest-errors.js';
import { ManualClock, settle } from '../support/manual-clock.js';

const bodyOf = (message: string): ApiLogCreate => ({
  name: 'prefect.flow_runs.worker',
  level: 20,
  message,
  timestamp: '2027-01-01T00:00:00.123Z',
  flow_run_id: 'r1',
  task_run_id: null,
});
const aRecord = (changes: Partial<LogRecord> = {}): LogRecord => ({
  name: 'prefect.flow_runs.worker',
  level: 20,
  message: 'hello',
  timestampMs: Date.parse('2027-01-01T00:00:00.123Z'),
  flowRunId: 'r1',
  ...changes,
});

describe('LogShipper', () => {
  const createSubject = (
    options: Partial<LogShippingOptions> = {},
    send: (logs: readonly ApiLogCreate[]) => Promise<void> = async () => {},
  ) => {
    const clock = new ManualClock();
    const secrets = new SecretRegistry();
    const batches: (readonly ApiLogCreate[])[] = [];
    const warnings: string[] = [];
    const shipper = new LogShipper(
      {
        send: async (logs) => {
          await send(logs);
          batches.push(logs);
        },
        clock,
        logger: { ...silentLogger, warn: (message) => warnings.push(message) },
        meter: silentMeter,
        secrets,
      },
      {
        isEnabled: true,
        lowestLevel: 20,
        batchIntervalMs: 2000,
        batchSizeBytes: 3_000_000,
        maxLogSizeBytes: 1_000_000,
        workerId: () => null,
        ...options,
      },
    );
    const messages = () => batches.map((batch) => batch.map((log) => log.message));
    return { clock, secrets, batches, warnings, shipper, messages };
  };

  it('sends lines of an interval as one batch, in order', async () => {
    const { clock, batches, shipper } = createSubject();

    for (const message of ['1', '2', '3']) shipper.log(aRecord({ message }));
    await clock.advance(1999);
    expect(batches).to.have.length(0);
    await clock.advance(1);

    expect(batches).to.deep.equal([
      ['1', '2', '3'].map((message) => ({
        name: 'prefect.flow_runs.worker',
        level: 20,
        message,
        timestamp: '2027-01-01T00:00:00.123Z',
        flow_run_id: 'r1',
        task_run_id: null,
      })),
    ]);
  });

  it('sends immediately when a batch is full, and never a larger one', async () => {
    const oneBytes = JSON.stringify([bodyOf('1')]).length;
    const { clock, messages, shipper } = createSubject({
      batchSizeBytes: 2 * oneBytes + 200,
      maxLogSizeBytes: 200,
    });

    for (const message of ['1', '2', '3', '4', '5', '6', '7']) shipper.log(aRecord({ message }));
    await settle();
    expect(messages()).to.deep.equal([
      ['1', '2', '3'],
      ['4', '5', '6'],
    ]);
    await clock.advance(2000);

    expect(messages().at(-1)).to.deep.equal(['7']);
  });

  it('keeps every request within the batch size, counted as sent, with at least one line', async () => {
    const message = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 400 }),
      fc.string({ unit: fc.constantFrom('é', '"', '\u0001', '😀', 'x'), maxLength: 400 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 400, max: 1200 }),
        fc.integer({ min: 0, max: 1200 }),
        async (lines, maxLogSizeBytes, more) => {
          const batchSizeBytes = maxLogSizeBytes + more;
          const { batches, shipper } = createSubject({ batchSizeBytes, maxLogSizeBytes });

          for (const each of lines) shipper.log(aRecord({ message: each }));
          await shipper.close();

          for (const batch of batches) {
            expect(Buffer.byteLength(JSON.stringify(batch))).to.be.at.most(batchSizeBytes);
          }
          expect(batches.flat()).to.have.length(lines.length);
        },
      ),
    );
  });

  it('fills a request to the last byte if many lines wait', async () => {
    const two = Buffer.byteLength(JSON.stringify([bodyOf('é'), bodyOf('é')]));
    for (const [batchSizeBytes, counts] of [
      [two, [2, 2]],
      [two - 1, [1, 1, 1, 1]],
    ] as const) {
      let isAway = true;
      const { batches, clock, shipper } = createSubject({ batchSizeBytes, maxLogSizeBytes: 200 }, async () => {
        if (isAway) throw new OrchestratorUnavailableError('x', 'y');
      });
      for (let index = 0; index < 4; index += 1) shipper.log(aRecord({ message: 'é' }));
      await settle();

      isAway = false;
      await clock.advance(10_000);

      expect(batches.map((batch) => batch.length)).to.deep.equal(counts);
    }
  });

  for (let ticks = 0; ticks < 10; ticks += 1) {
    it(`sends a line that arrives ${ticks} microtasks after a batch was sent`, async () => {
      const log = (message: string) => shipper.log(aRecord({ message }));
      let isFirst = true;
      const { clock, messages, shipper } = createSubject({}, async () => {
        if (!isFirst) return;
        isFirst = false;
        let left = ticks;
        const step = (): void => {
          left -= 1;
          if (left < 0) log('second');
          else queueMicrotask(step);
        };
        queueMicrotask(step);
      });
      log('first');

      await clock.advance(2000);
      await clock.advance(2000);

      expect(messages().flat()).to.deep.equal(['first', 'second']);
    });
  }

  it('truncates a line that is too large, counting bytes as the API does', async () => {
    const { clock, batches, shipper } = createSubject({ maxLogSizeBytes: 1000 });

    shipper.log(aRecord({ message: 'é'.repeat(500) }));
    await clock.advance(2000);

    expect(batches[0]?.[0]?.message).to.match(/^é*\.\.\. \[truncated\]$/);
  });

  it('truncates a line between characters, never within one', async () => {
    const { clock, messages, shipper } = createSubject({ maxLogSizeBytes: 1000 });

    for (const start of ['', 'x']) shipper.log(aRecord({ message: start + '😀'.repeat(300) }));
    await clock.advance(2000);

    expect(messages().flat()).to.have.length(2);
    for (const message of messages().flat()) expect(message).to.match(/^x?(😀)+\.\.\. \[truncated\]$/u);
  });

  it('keeps a line complete that fits as sent, not with escaped characters', async () => {
    const message = 'é'.repeat(500);
    const maxLogSizeBytes = Buffer.byteLength(JSON.stringify(bodyOf(message)));
    const { clock, messages, shipper } = createSubject({ maxLogSizeBytes });

    shipper.log(aRecord({ message }));
    await clock.advance(2000);

    expect(messages()).to.deep.equal([[message]]);
  });

  it('redacts secrets', async () => {
    const { clock, secrets, messages, shipper } = createSubject();
    secrets.add('pnu_abc123');

    shipper.log(aRecord({ message: 'key=pnu_abc123!' }));
    await clock.advance(2000);

    expect(messages()).to.deep.equal([['key=********!']]);
  });

  it('does not send lines below the level', async () => {
    const { clock, messages, shipper } = createSubject({ lowestLevel: 30 });

    shipper.log(aRecord({ message: 'info' }));
    shipper.log(aRecord({ message: 'warning', level: 30 }));
    await clock.advance(2000);

    expect(messages()).to.deep.equal([['warning']]);
  });

  it('sends the worker its own lines only with an id', async () => {
    const without = createSubject();
    without.shipper.log(aRecord({ flowRunId: null }));
    await without.clock.advance(2000);
    const withId = createSubject({ workerId: () => 'w-id' });
    withId.shipper.log(aRecord({ flowRunId: null }));
    await withId.clock.advance(2000);

    expect(without.batches).to.deep.equal([]);
    expect(withId.batches[0]?.[0]).to.include({ flow_run_id: null, worker_id: 'w-id' });
  });

  it('sends nothing if logging to the API is disabled', async () => {
    const { clock, batches, shipper } = createSubject({ isEnabled: false });

    shipper.log(aRecord());
    await clock.advance(10_000);

    expect(batches).to.deep.equal([]);
  });

  it('keeps lines and their order while the server is unavailable', async () => {
    let isAway = true;
    const { clock, messages, shipper } = createSubject({}, async () => {
      if (isAway) throw new OrchestratorUnavailableError('x', 'y');
    });
    shipper.log(aRecord({ message: '1' }));
    await clock.advance(3_600_000);
    shipper.log(aRecord({ message: '2' }));

    isAway = false;
    await clock.advance(10_000);

    expect(messages().flat()).to.deep.equal(['1', '2']);
    expect(shipper.lost).to.equal(0);
  });

  it('loses the oldest lines when the buffer is full, counts and reports them', async () => {
    const { clock, warnings, shipper } = createSubject({}, () =>
      Promise.reject(new OrchestratorUnavailableError('x', 'y')),
    );

    for (let index = 0; index < 76; index += 1) shipper.log(aRecord({ message: 'x'.repeat(900_000) }));
    await clock.advance(2000);

    expect(shipper.lost).to.be.within(1, 4);
    expect(warnings).to.include('Log lines for the Prefect API are being lost');
  });

  it('loses only the line that the server rejects', async () => {
    const { clock, messages, shipper } = createSubject({}, async (logs) => {
      if (logs.some((log) => log.message === 'bad')) {
        throw new PrefectRefusedError({ method: 'POST', path: '/logs/', status: 422, detail: 'x' });
      }
    });

    for (const message of ['1', '2', 'bad', '3', '4']) shipper.log(aRecord({ message }));
    await clock.advance(2000);

    expect(messages().flat()).to.deep.equal(['1', '2', '3', '4']);
    expect(shipper.lost).to.equal(1);
  });

  it('sends the remaining lines when it closes', async () => {
    const { messages, shipper } = createSubject();
    shipper.log(aRecord());

    await shipper.close();
    await shipper.close();

    expect(messages()).to.deep.equal([['hello']]);
  });

  it('closes within seven seconds if the server is unavailable, and reports the lost lines', async () => {
    const { clock, warnings, shipper } = createSubject({}, () =>
      Promise.reject(new OrchestratorUnavailableError('x', 'y')),
    );
    shipper.log(aRecord());
    let isClosed = false;

    void shipper.close().then(() => {
      isClosed = true;
    });
    await clock.advance(7001);

    expect(isClosed).to.equal(true);
    expect(warnings.join()).to.contain('lost');
  });
});
