import { silentLogger } from '@worker-host/core';
import { expect } from 'chai';
import {
  type Heartbeat,
  Presence,
} from '../../../../../src/orchestrators/prefect/orchestration/succession/presence.js';
import { ManualClock, settle } from '../../support/manual-clock.js';

describe('Presence', () => {
  const createSubject = () => {
    const clock = new ManualClock();
    const sentAtMs: number[] = [];
    const heartbeats: Heartbeat[] = [];
    const options = { isNeeded: true, isFailing: false, isHanging: false, isLookHanging: false, isLookFailing: false };
    const steps: string[] = [];
    const warnings: string[] = [];
    const debugged: string[] = [];
    const presence = new Presence({
      clock,
      logger: {
        ...silentLogger,
        warn: (message) => void warnings.push(message),
        info: (message) => void warnings.push(message),
        debug: (message) => void debugged.push(message),
      },
      intervalMs: 6000,
      leaseMs: 18_000,
      send: async (signal) => {
        sentAtMs.push(clock.monotonicMs());
        steps.push('sent');
        if (options.isHanging) await clock.sleep(1e9, signal);
        if (options.isFailing) throw new Error('away');
      },
      isNeeded: () => options.isNeeded,
      asFailure: (error) => new Error('wrapped', { cause: error }),
      onHeartbeat: (heartbeat) => {
        heartbeats.push(heartbeat);
        steps.push('noted');
      },
      look: async (signal) => {
        steps.push('looked');
        if (options.isLookFailing) throw new Error('no row');
        if (options.isLookHanging) await clock.sleep(1e9, signal);
      },
    });
    const beganAtMs = clock.monotonicMs();
    return {
      clock,
      options,
      presence,
      heartbeats,
      warnings,
      debugged,
      steps,
      seconds: () => sentAtMs.map((ms) => (ms - beganAtMs) / 1000),
    };
  };

  it('sends heartbeats at a fixed interval, which failures do not lengthen', async () => {
    const { clock, options, presence, seconds, warnings } = createSubject();
    presence.start();
    await clock.advance(12_000);
    options.isFailing = true;
    await clock.advance(17_999);
    expect(warnings).to.deep.equal([]);
    await clock.advance(1);
    expect(warnings).to.have.length(1);
    await clock.advance(42_000);
    options.isFailing = false;
    await clock.advance(6000);

    expect(seconds()).to.deep.equal([6, 12, 18, 24, 30, 36, 42, 48, 54, 60, 66, 72, 78]);
    expect(warnings).to.deep.equal([
      'No heartbeat was stored for 18 s; other workers may take over the runs of this one',
      'Heartbeats are stored again',
    ]);
    await presence.stop();
  });

  it('varies the heartbeats of many workers by a tenth of the interval in both directions', async () => {
    for (const [random, expected] of [
      [0, [5.4, 10.8]],
      [1, [6.6]],
    ] as const) {
      const { clock, presence, seconds } = createSubject();
      clock.random = () => random;
      presence.start();
      await clock.advance(11_000);

      expect(seconds()).to.deep.equal(expected);
      await presence.stop();
    }
  });

  it('sends the next heartbeat immediately after one that took longer than the interval', async () => {
    const { clock, options, presence, seconds } = createSubject();
    options.isHanging = true;
    presence.start();
    await clock.advance(14_000);

    expect(seconds()).to.deep.equal([6, 14]);
    await presence.stop();
  });

  it('does not log one or two lost heartbeats', async () => {
    const { clock, debugged, options, presence, warnings } = createSubject();
    presence.start();
    await clock.advance(12_000);
    options.isFailing = true;
    await clock.advance(12_000);
    options.isFailing = false;
    await clock.advance(12_000);

    expect(warnings).to.deep.equal([]);
    expect(debugged).to.deep.equal(['Sending a heartbeat failed', 'Sending a heartbeat failed']);
    await presence.stop();
  });

  it('gives a heartbeat up after eight seconds, and does not count it', async () => {
    const { clock, options, presence, heartbeats } = createSubject();
    options.isHanging = true;
    const beating = presence.beat().catch((error: unknown) => error);

    await clock.advance(8000);

    expect(await beating)
      .to.be.an('error')
      .with.property('message', 'wrapped');
    expect(presence.provenUntilMs).to.equal(Number.NEGATIVE_INFINITY);
    expect(heartbeats.map(({ isTaken }) => isTaken)).to.deep.equal([false]);
    await presence.stop();
  });

  it('proves the worker alive from the start of a heartbeat', async () => {
    const { clock, presence, heartbeats } = createSubject();
    const nowMs = clock.monotonicMs();

    await Promise.all([presence.beat(), presence.beat()]);

    expect(presence.provenUntilMs).to.equal(nowMs + 18_000);
    expect(heartbeats).to.deep.equal([{ beganAtMs: nowMs, endedAtMs: nowMs, isTaken: true }]);
    await presence.stop();
  });

  it('sends none while nothing needs them, and one immediately when something does and the last is old', async () => {
    const { clock, options, presence, seconds } = createSubject();
    options.isNeeded = false;
    presence.start();
    await clock.advance(60_000);
    expect(seconds()).to.deep.equal([]);

    options.isNeeded = true;
    presence.wake();
    await clock.advance(1000);
    expect(seconds()).to.deep.equal([60]);
    presence.wake();
    await clock.advance(1000);
    expect(seconds()).to.deep.equal([60]);
    await presence.stop();
  });

  it('continues from a heartbeat for which it was woken, which would be due an interval after the last one', async () => {
    const { clock, options, presence, seconds } = createSubject();
    options.isNeeded = false;
    presence.start();
    await clock.advance(3000);
    presence.note(clock.monotonicMs());
    await clock.advance(6000);
    options.isNeeded = true;
    presence.wake();
    await clock.advance(1);
    expect(seconds()).to.deep.equal([]);

    presence.wake();
    await clock.advance(6000);

    expect(seconds()).to.deep.equal([9.001, 15.001]);
    await presence.stop();
  });

  it('concludes nothing from a heartbeat that was sent with something else, and may be stored late', async () => {
    const { clock, heartbeats, presence } = createSubject();
    const beganAtMs = clock.monotonicMs();
    await clock.advance(50);

    presence.noteSent(beganAtMs);

    expect(heartbeats).to.deep.equal([{ beganAtMs, endedAtMs: beganAtMs + 50, isTaken: false }]);
    expect(presence.provenUntilMs).to.equal(Number.NEGATIVE_INFINITY);
  });

  it('sends none when it is stopped', async () => {
    const { clock, presence, steps } = createSubject();
    presence.start();
    await clock.advance(3000);

    await presence.stop();
    await settle();

    expect(steps).to.deep.equal([]);
    expect(clock.pendingSleeps).to.deep.equal([]);
  });

  it('stops during a heartbeat, which it has already recorded, without logging it', async () => {
    const { clock, debugged, heartbeats, options, presence, warnings } = createSubject();
    options.isHanging = true;
    presence.start();
    await clock.advance(6000);

    await presence.stop();

    expect(heartbeats.map(({ isTaken }) => isTaken)).to.deep.equal([false]);
    expect([warnings, debugged]).to.deep.equal([[], []]);
  });

  it('sends again at the end of a pause', async () => {
    const { clock, presence, seconds } = createSubject();
    presence.note(clock.monotonicMs());
    presence.hold(clock.monotonicMs() + 5000);
    await clock.advance(4999);
    await presence.beat();
    expect(seconds()).to.deep.equal([]);

    await clock.advance(1);
    await presence.beat();

    expect(seconds()).to.deep.equal([5]);
  });

  it('sends a heartbeat also if the read before it fails', async () => {
    const { clock, debugged, options, presence, seconds } = createSubject();
    options.isLookFailing = true;

    await presence.beat();
    await clock.advance(0);

    expect(seconds()).to.deep.equal([0]);
    expect(debugged).to.deep.equal(Array(2).fill('Reading the heartbeat of the worker’s name failed'));
  });

  it('pauses heartbeats for a while, but not so long that a lease is lost', async () => {
    const { clock, presence, seconds } = createSubject();
    presence.note(clock.monotonicMs());
    presence.hold(clock.monotonicMs() + 15_000);
    presence.start();

    await clock.advance(5000);
    await presence.beat();
    await clock.advance(20_000);

    expect(seconds()).to.deep.equal([12, 18, 24]);
    await presence.stop();
  });

  it('reads whose heartbeat is stored immediately before and after each of its own', async () => {
    const { clock, presence, steps } = createSubject();
    presence.start();
    await clock.advance(6000);

    expect(steps).to.deep.equal(['looked', 'sent', 'noted', 'looked']);
    await presence.stop();
  });

  it('waits at most two seconds for a read, and counts the heartbeat from when it was sent', async () => {
    const { clock, heartbeats, options, presence, seconds } = createSubject();
    options.isLookHanging = true;
    presence.start();
    await clock.advance(8000);

    expect(seconds()).to.deep.equal([8]);
    expect(heartbeats[0]?.beganAtMs).to.equal(clock.monotonicMs());
    await presence.stop();
  });
});
