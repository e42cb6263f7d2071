import { InfrastructureNotAvailable, NotSupportedByWorkerError, silentLogger } from '@worker-host/core';
import { expect } from 'chai';
import type { CleanupMessage } from '../../../../src/orchestrators/prefect/channel/channel-frames.js';
import { CleanupExecutor } from '../../../../src/orchestrators/prefect/channel/cleanup-executor.js';
import { ManualClock, settle } from '../support/manual-clock.js';

const aMessage = (changes: Partial<CleanupMessage> = {}): CleanupMessage => ({
  messageId: 'm1',
  kind: 'cancelling_timeout_teardown.v1',
  reservationToken: 't1',
  leaseMs: 30_000,
  deliveryCount: 1,
  flowRunId: 'r1',
  infrastructurePid: 'pid',
  ...changes,
});

interface Sent {
  readonly type: string;
  readonly payload: Record<string, unknown>;
}

describe('CleanupExecutor', () => {
  const createSubject = (options: { tearDown?: () => Promise<void>; answer?: (sent: Sent) => string | null } = {}) => {
    const clock = new ManualClock();
    const sent: Sent[] = [];
    const executor: CleanupExecutor = new CleanupExecutor({
      clock,
      logger: silentLogger,
      tearDown: options.tearDown ?? (async () => {}),
      send: async (type, payload) => {
        const frame = { type, payload: payload as Record<string, unknown> };
        sent.push(frame);
        const frameId = `f${sent.length}`;
        const status = options.answer ? options.answer(frame) : 'accepted';
        if (status !== null) {
          setImmediate(() =>
            executor.takeResult({
              requestFrameId: frameId,
              status,
              leaseMs: type === 'cleanup.renew.v1' && status === 'accepted' ? 30_000 : null,
              reason: null,
            }),
          );
        }
        return frameId;
      },
    });
    return { clock, sent, executor };
  };
  const brief = (sent: readonly Sent[]) =>
    sent.map(({ type, payload }) => [type.replace(/^cleanup\.|\.v1$/g, ''), payload.reason].filter(Boolean).join(' '));

  it('acknowledges when the infrastructure is stopped', async () => {
    const { sent, executor } = createSubject();

    executor.take(aMessage());
    await executor.idle();

    expect(sent).to.deep.equal([{ type: 'cleanup.ack.v1', payload: { message_id: 'm1', reservation_token: 't1' } }]);
  });

  it('executes the other kind of teardown too', async () => {
    const { sent, executor } = createSubject();

    executor.take(aMessage({ kind: 'pending_claim_teardown.v1' }));
    await executor.idle();

    expect(brief(sent)).to.deep.equal(['ack']);
  });

  it('releases a message of an unknown kind', async () => {
    const { sent, executor } = createSubject();

    executor.take(aMessage({ kind: 'something.v1' }));
    await executor.idle();

    expect(brief(sent)).to.deep.equal(['release unsupported_cleanup_kind']);
  });

  it('releases a message without a run', async () => {
    const { sent, executor } = createSubject();

    executor.take(aMessage({ flowRunId: null }));
    await executor.idle();

    expect(brief(sent)).to.deep.equal(['release unsupported_cleanup_kind']);
  });

  it('ignores a reservation that has expired, or is already being processed', async () => {
    const { clock, sent, executor } = createSubject({ tearDown: () => clock.sleep(1000) });

    executor.take(aMessage({ leaseMs: 0 }));
    executor.take(aMessage());
    executor.take(aMessage());
    await clock.advance(1000);
    await executor.idle();

    expect(brief(sent)).to.deep.equal(['ack']);
  });

  it('releases messages beyond its capacity', async () => {
    const { clock, sent, executor } = createSubject({ tearDown: () => clock.sleep(1000) });

    executor.take(aMessage());
    executor.take(aMessage({ messageId: 'm2', reservationToken: 't2' }));
    await clock.advance(1000);
    await executor.idle();

    expect(sent.map(({ payload }) => payload.message_id)).to.deep.equal(['m2', 'm1']);
    expect(brief(sent)).to.deep.equal(['release concurrency_limit_reached', 'ack']);
  });

  it('renews the lease five seconds before each expiry', async () => {
    const { clock, sent, executor } = createSubject({ tearDown: () => clock.sleep(60_000) });

    executor.take(aMessage());
    await clock.advance(24_999);
    expect(sent).to.have.length(0);
    await clock.advance(1);
    expect(brief(sent)).to.deep.equal(['renew']);
    await clock.advance(40_000);
    await executor.idle();

    expect(brief(sent)).to.deep.equal(['renew', 'renew', 'ack']);
  });

  it('retries a failing teardown under its lease, and releases only at the end', async () => {
    let tries = 0;
    const { clock, sent, executor } = createSubject({
      tearDown: async () => {
        tries += 1;
        throw new Error('throttled');
      },
    });

    executor.take(aMessage());
    await clock.advance(60_000);
    await executor.idle();

    expect(tries).to.equal(6);
    expect(brief(sent).filter((line) => line !== 'renew')).to.deep.equal(['release handler_failed']);
  });

  for (const [error, reason] of [
    [new InfrastructureNotAvailable('pid', 'another account'), 'infrastructure_not_available'],
    [new NotSupportedByWorkerError('t', 'killInfrastructure'), 'unsupported_worker_type'],
  ] as const) {
    it(`releases immediately with ${reason}`, async () => {
      const { sent, executor } = createSubject({ tearDown: () => Promise.reject(error) });

      executor.take(aMessage());
      await executor.idle();

      expect(brief(sent)).to.deep.equal([`release ${reason}`]);
    });
  }

  it('makes three attempts if an operation fails or is not answered', async () => {
    let answers = 0;
    const { clock, sent, executor } = createSubject({
      answer: () => {
        answers += 1;
        return answers === 1 ? 'error' : answers === 2 ? null : 'accepted';
      },
    });

    executor.take(aMessage());
    await clock.advance(40_000);
    await executor.idle();

    expect(brief(sent)).to.deep.equal(['ack', 'ack', 'ack']);
  });

  it('sends nothing more when the reservation is lost', async () => {
    const { clock, sent, executor } = createSubject({
      tearDown: () => clock.sleep(40_000),
      answer: () => 'not_current',
    });

    executor.take(aMessage());
    await clock.advance(60_000);
    await executor.idle();

    expect(brief(sent)).to.deep.equal(['renew']);
  });

  it('abandons everything when the channel is lost', async () => {
    const { clock, sent, executor } = createSubject({ tearDown: () => clock.sleep(1000) });
    executor.take(aMessage());
    await settle();

    executor.loseAll();
    await clock.advance(2000);
    await executor.idle();

    expect(sent).to.deep.equal([]);
  });

  it('keeps at most a hundred messages of a flood', async () => {
    const { clock, sent, executor } = createSubject({ tearDown: () => clock.sleep(1000) });

    for (let index = 0; index < 1000; index += 1) executor.take(aMessage({ reservationToken: `t${index}` }));
    await clock.advance(1000);
    await executor.idle();

    expect(sent).to.have.length(100);
  });
});
