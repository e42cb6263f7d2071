import { silentLogger } from '@worker-host/core';
import { expect } from 'chai';
import { type Heartbeat, Presence } from '../../../../src/orchestrators/prefect/orchestration/presence.js';
import { ManualClock } from '../support/manual-clock.js';

describe('Presence', () => {
  const createSubject = () => {
    const clock = new ManualClock();
    const sentAtMs: number[] = [];
    const heartbeats: Heartbeat[] = [];
    const options = { isNeeded: true, isFailing: false, isHanging: false, isLookHanging: false };
    const steps: string[] = [];
    const warnings: string[] = [];
    const presence = new Presence({
      clock,
      logger: {
        ...silentLogger,
        warn: (message) => void warnings.push(message),
        info: (message) => void warnings.push(message),
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
      steps,
      seconds: () => sentAtMs.map((ms) => (ms - beganAtMs) / 1000),
    };
  };

  it('sends heartbeats at a fixed interval, which no failure lengthens', async () => {
    const { clock, options, presence, seconds, warnings } = createSubject();
    presence.start();
    await clock.advance(12_000);
    options.isFailing = true;
    await clock.advance(60_000);
    options.isFailing = false;
    await clock.advance(6000);

    expect(seconds()).to.deep.equal([6, 12, 18, 24, 30, 36, 42, 48, 54, 60, 66, 72, 78]);
    expect(warnings).to.deep.equal([
      'No heartbeat was stored for 18 s; other workers may take over the runs of this one',
      'Heartbeats are stored again',
    ]);
    await presence.stop();
  });

  it('says nothing of a heartbeat or two that are lost', async () => {
    const { clock, options, presence, warnings } = createSubject();
    presence.start();
    await clock.advance(12_000);
    options.isFailing = true;
    await clock.advance(12_000);
    options.isFailing = false;
    await clock.advance(12_000);

    expect(warnings).to.deep.equal([]);
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

  it('proves the worker alive from the beginning of a heartbeat on', async () => {
    const { clock, presence, heartbeats } = createSubject();
    const nowMs = clock.monotonicMs();

    await Promise.all([presence.beat(), presence.beat()]);

    expect(presence.provenUntilMs).to.equal(nowMs + 18_000);
    expect(heartbeats).to.deep.equal([{ beganAtMs: nowMs, endedAtMs: nowMs, isTaken: true }]);
    await presence.stop();
  });

  it('sends none by itself while nothing needs them, and one immediately when something does and the last is old', async () => {
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

  it('holds heartbeats back for a while, but not for so long that a lease is lost', async () => {
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

  it('looks whose heartbeat shows right before and right after each of its own', async () => {
    const { clock, presence, steps } = createSubject();
    presence.start();
    await clock.advance(6000);

    expect(steps).to.deep.equal(['looked', 'sent', 'noted', 'looked']);
    await presence.stop();
  });

  it('waits for no look longer than two seconds, and counts the heartbeat from when it was sent', async () => {
    const { clock, heartbeats, options, presence, seconds } = createSubject();
    options.isLookHanging = true;
    presence.start();
    await clock.advance(8000);

    expect(seconds()).to.deep.equal([8]);
    expect(heartbeats[0]?.beganAtMs).to.equal(clock.monotonicMs());
    await presence.stop();
  });
});
