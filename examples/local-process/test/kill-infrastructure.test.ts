import { hostname } from 'node:os';
import { systemClock, type WorkerResult } from '@worker-host/core';
import { aFlowRun, aRunContext } from '@worker-host/testing';
import { expect } from 'chai';
import { groupExists } from '../src/processes/process-identity.js';
import { aConfiguration, Machine } from './support.js';

describe('LocalProcessWorker.killInfrastructure', () => {
  let machine: Machine;
  beforeEach(async () => {
    machine = await Machine.make();
  });
  afterEach(async () => {
    await machine.dispose();
  });

  async function started(command: string): Promise<{ pid: string; ended: Promise<WorkerResult> }> {
    const context = aRunContext();
    const ended = machine.worker().run(aFlowRun(), aConfiguration({ command }), context);
    await context.until(({ outputMessages }) => outputMessages.includes('up'));
    return { pid: context.startedPids[0] ?? '', ended };
  }

  it('ends a job with SIGTERM and keeps its status', async () => {
    const { pid, ended } = await started("trap 'exit 12' TERM; echo up; while :; do sleep 0.02; done");
    await machine.worker().killInfrastructure(pid, aConfiguration(), 5);
    const result = await ended;
    expect(result.statusCode).to.equal(12);
    expect(result.end?.stopRequested).to.equal(true);
  });

  it('measures the grace period independently of the system clock, which may be set meanwhile', async () => {
    const { pid, ended } = await started("trap 'sleep 0.1; exit 12' TERM; echo up; while :; do sleep 0.02; done");
    let hours = 0;
    const jumping = { ...systemClock, nowMs: () => systemClock.nowMs() + 3_600_000 * hours++ };
    await machine.worker({}, jumping).killInfrastructure(pid, aConfiguration(), 30);
    expect((await ended).statusCode).to.equal(12);
  });

  it('kills the whole group with SIGKILL after the grace period', async () => {
    const { pid, ended } = await started("trap '' TERM; (while :; do sleep 0.02; done) & echo up; wait");
    await machine.worker().killInfrastructure(pid, aConfiguration(), 0);
    const result = await ended;
    expect(result.statusCode).to.equal(-1);
    expect(result.end?.exitCode).to.equal(null);
    expect(result.end?.stopRequested).to.equal(true);
    expect(result.end?.diagnosis).to.equal(null);
  });

  it('reports that an ended job is not found', async () => {
    const { identifier } = await machine.worker().run(aFlowRun(), aConfiguration({ command: ':' }), aRunContext());
    const failure = await machine
      .worker()
      .killInfrastructure(identifier, aConfiguration())
      .catch((error: unknown) => error);
    expect(failure).to.have.property('code', 'INFRASTRUCTURE_NOT_FOUND');
  });

  it('never signals another process with the id of the job', async () => {
    const { pid } = await started('echo up; while :; do sleep 0.02; done');
    const number = Number(pid.split('::')[1]);
    const failure = await machine
      .worker()
      .killInfrastructure(`${hostname()}::${number}::another-time`, aConfiguration(), 0)
      .catch((error: unknown) => error);
    expect(failure).to.have.property('code', 'INFRASTRUCTURE_NOT_FOUND');
    expect(groupExists(number)).to.equal(true);
  });

  it('reports that a process of another machine is not available, and that an invalid id is not found', async () => {
    for (const [pid, code] of [
      ['elsewhere::12::34', 'INFRASTRUCTURE_NOT_AVAILABLE'],
      ['nonsense', 'INFRASTRUCTURE_NOT_FOUND'],
    ] as const) {
      const failure = await machine
        .worker()
        .killInfrastructure(pid, aConfiguration())
        .catch((error: unknown) => error);
      expect(failure).to.have.property('code', code);
    }
  });

  it('reports a job that vanished with its shell', async () => {
    const { pid, ended } = await started('echo up; while :; do sleep 0.02; done');
    process.kill(-Number(pid.split('::')[1]), 'SIGKILL');
    const result = await ended;
    expect(result.statusCode).to.equal(-1);
    expect(result.end?.diagnosis?.kind).to.equal('process-vanished');
  });
});
