import 'reflect-metadata';
import type { FlowRun, InterruptedRun } from '@worker-host/core';
import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import { container as root } from 'tsyringe';
import { ActiveRun } from '../../../src/host/run/active-run.js';
import { RunManager } from '../../../src/host/run/run-manager.js';
import type { RunRecord } from '../../../src/host/run/run-record.js';
import type { RunOutcome } from '../../../src/host/run/run-state.js';
import { RUN_TOKENS } from '../../../src/host/run/run-tokens.js';
import { createHostBench } from '../support/host-bench.js';

/** An active run that a test controls. */
class DrivenRun {
  readonly calls: unknown[] = [];
  readonly record: RunRecord;
  isOwned = false;
  tailWritten: Promise<void> | null = null;
  grant = (): void => {};
  finish = (_: RunOutcome): void => {};
  endClaim = (): void => {};
  readonly claimed = new Promise<void>((resolve) => {
    this.endClaim = resolve;
    this.grant = () => {
      this.isOwned = true;
      resolve();
    };
  });
  readonly finished = new Promise<RunOutcome>((resolve) => {
    this.finish = (outcome) => {
      this.endClaim();
      resolve(outcome);
    };
  });

  constructor(record: RunRecord) {
    this.record = record;
  }

  get id(): string {
    return this.record.id;
  }

  begin(): void {
    this.calls.push('begin');
  }

  resume(interrupted: unknown): void {
    this.calls.push(interrupted);
  }

  get own() {
    return this.record.own;
  }
}

async function create() {
  const bench = await createHostBench();
  const { orchestrator, clock, logger, secrets, slots, runs, pool } = bench;
  const host = root.createChildContainer();
  const made: DrivenRun[] = [];
  host.register(ActiveRun, {
    useFactory: (container) => {
      const run = new DrivenRun(container.resolve(RUN_TOKENS.Record));
      made.push(run);
      return run as unknown as ActiveRun;
    },
  });
  let frees = 0;
  const onSlotFree = (): void => {
    frees += 1;
  };
  const manager = new RunManager(host, orchestrator, clock, logger, secrets, onSlotFree, slots, runs, undefined);
  const flowRun: FlowRun = pool.addRun({ id: 'x' });
  const last = (): DrivenRun => {
    const run = made.at(-1);
    if (run === undefined) throw new Error('no run was made');
    return run;
  };
  return { ...bench, manager, flowRun, made, last, frees: () => frees };
}

describe('a run manager', () => {
  it('claims a run and keeps it active until it is finished', async () => {
    const { manager, flowRun, slots, runs, secrets, last, frees } = await create();
    const answer = manager.claim(flowRun, slots.take(), { vcpus: 2, memoryMib: 4096 });
    last().own.secrets.add('hunter2-hunter2');
    expect(last().own.resources).to.deep.equal({ vcpus: 2, memoryMib: 4096 });
    expect([runs.has('x'), last().calls]).to.deep.equal([true, ['begin']]);

    last().grant();
    expect(await answer).to.equal(null);
    expect([runs.has('x'), frees()]).to.deep.equal([true, 0]);
    last().finish({ kind: 'reported' });
    await settle();

    expect([runs.has('x'), runs.reportedCount, frees()]).to.deep.equal([false, 1, 1]);
    expect(secrets.redact('hunter2-hunter2')).to.equal('hunter2-hunter2');
  });

  it('keeps the secrets of a finished run until the last lines of its output are logged', async () => {
    const { manager, flowRun, slots, runs, secrets, last } = await create();
    void manager.claim(flowRun, slots.take(), null);
    last().own.secrets.add('hunter2-hunter2');
    let written = (): void => {};
    last().tailWritten = new Promise((resolve) => (written = resolve));
    last().grant();

    last().finish({ kind: 'reported' });
    await settle();
    expect([runs.has('x'), secrets.redact('hunter2-hunter2')]).to.deep.equal([false, '********']);
    written();
    await settle();

    expect(secrets.redact('hunter2-hunter2')).to.equal('hunter2-hunter2');
  });

  for (const [outcome, expected] of [
    [{ kind: 'not-claimed', reason: 'taken' }, 'taken'],
    [{ kind: 'released' }, 'the worker stops'],
  ] as const)
    it(`reports why a run is not claimed: ${expected}`, async () => {
      const { manager, flowRun, slots, runs, last, frees } = await create();
      const answer = manager.claim(flowRun, slots.take(), null);

      last().finish(outcome);

      expect(await answer).to.equal(expected);
      expect([runs.size, runs.reportedCount, frees()]).to.deep.equal([0, 0, 0]);
    });

  it('resumes a run of an earlier owner beyond the limit', async () => {
    const { manager, flowRun, slots, runs, last, frees } = await create();
    const interrupted = { flowRun } as InterruptedRun;

    manager.resume(interrupted);

    expect([slots.taken, runs.has('x')]).to.deep.equal([1, true]);
    expect(last().calls[0]).to.equal(interrupted);
    last().isOwned = true;
    last().finish({ kind: 'released' });
    await settle();
    expect([runs.size, runs.reportedCount, frees()]).to.deep.equal([0, 0, 1]);
  });

  it('gives each run its own record, log and secrets', async () => {
    const { manager, flowRun, slots, last, made, pool, clock, logger, secrets } = await create();
    const slot = slots.take();
    void manager.claim(flowRun, slot, null);
    void manager.claim(pool.addRun({ id: 'y' }), slots.take(), null);
    const { own } = (made[0] as DrivenRun).record;

    own.secrets.add('hunter2-hunter2');
    own.logger.info('Key hunter2-hunter2');

    expect(own).to.deep.include({ flowRun, sinceMs: clock.nowMs() });
    expect(own.slot).to.equal(slot);
    expect(last().record).not.to.equal((made[0] as DrivenRun).record);
    expect(pool.logs.map(({ message, flowRunId }) => [message, flowRunId])).to.deep.equal([['Key ********', 'x']]);
    expect(logger.lines[0]?.fields).to.deep.equal({ run: 'name-x', flowRunId: 'x' });
    own.secrets.dispose();
    expect(secrets.redact('hunter2-hunter2')).to.equal('hunter2-hunter2');
  });
});
