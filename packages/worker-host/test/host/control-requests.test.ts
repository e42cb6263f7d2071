import { BaseJobConfiguration } from '@worker-host/core';
import { aWorkPool, settle } from '@worker-host/testing';
import { expect } from 'chai';
import { ControlRequests } from '../../src/host/control-requests.js';
import type { Poller } from '../../src/host/loops/poller.js';
import type { TakeOver } from '../../src/host/loops/take-over.js';
import { createHostBench } from './support/host-bench.js';
import { rejected } from './support/promises.js';

async function create() {
  const bench = await createHostBench();
  const { orchestrator, logger, secrets, guarded, runs, served, configurations, stopper, worker } = bench;
  const woken: string[] = [];
  const loopOf = (name: string) => ({ loop: { wake: () => void woken.push(name) } });
  const fatal: unknown[] = [];
  const requests = new ControlRequests(
    orchestrator,
    logger,
    secrets,
    (error) => void fatal.push(error),
    guarded,
    runs,
    served,
    loopOf('poll') as unknown as Poller,
    loopOf('take-over') as unknown as TakeOver,
    configurations,
    stopper,
  );
  const configurationsUsed: BaseJobConfiguration[] = [];
  const kill = worker.killInfrastructure.bind(worker);
  worker.killInfrastructure = async (pid, configuration?: BaseJobConfiguration) => {
    if (configuration !== undefined) configurationsUsed.push(configuration);
    await kill(pid);
  };
  const tearDown = (flowRunId: string, infrastructurePid: string | null = null, isCancelled = true) =>
    requests.onTeardown({ flowRunId, infrastructurePid, isCancelled });
  return { ...bench, requests, woken, fatal, configurationsUsed, tearDown };
}

describe('a request of the control plane', () => {
  it('to cancel reaches an active run, and triggers the take-over of any other', async () => {
    const { requests, hold, woken } = await create();
    const run = hold('x');

    requests.onCancelling('x');
    expect([run.calls, woken]).to.deep.equal([['cancel ordered'], []]);
    requests.onCancelling('y');

    expect([run.calls, woken]).to.deep.equal([['cancel ordered'], ['take-over']]);
  });

  it('about new work polls', async () => {
    const { requests, woken } = await create();

    requests.onWorkAvailable();

    expect(woken).to.deep.equal(['poll']);
  });

  it('about the pool is stored, and ends the worker if the pool has another type', async () => {
    const { requests, served, fatal } = await create();
    const pool = aWorkPool({ type: 'fake', name: 'renamed' });

    requests.onWorkPool(pool);
    expect([served.current, fatal]).to.deep.equal([pool, []]);
    requests.onWorkPool(aWorkPool({ type: 'other' }));

    expect(fatal[0]).to.have.property('code', 'WORK_POOL_TYPE_MISMATCH');
  });
});

describe('a request to tear down', () => {
  it('cancels the active run and stops its infrastructure with its own configuration', async () => {
    const { tearDown, hold, worker, configurationsUsed, orchestrator } = await create();
    const configuration = new BaseJobConfiguration();
    const run = hold('x', { configuration, flowRun: null });

    await tearDown('x');

    expect([run.calls, worker.kills]).to.deep.equal([['cancel ordered'], ['pid-x']]);
    expect(configurationsUsed[0]).to.equal(configuration);
    expect(orchestrator.callsOf('launchPlaces')).to.equal(0);
  });

  it('of a run that was not cancelled keeps its end', async () => {
    const { tearDown, hold } = await create();
    const run = hold('x');

    await tearDown('x', null, false);

    expect(run.calls).to.deep.equal(['cancel over']);
  });

  it('prefers the named infrastructure to other known ones', async () => {
    const { tearDown, hold, worker } = await create();
    hold('x');

    await tearDown('x', 'named');

    expect(worker.kills).to.deep.equal(['named']);
  });

  it("of a run that is not active here stops the stored infrastructure, with the run's own configuration, and logs it", async () => {
    const { tearDown, pool, worker, configurationsUsed, logger } = await create();
    pool.addRun({
      id: 'x',
      stateType: 'CANCELLING',
      infrastructurePid: 'stored',
      jobVariables: { command: 'own' },
    });

    await tearDown('x');

    expect(worker.kills).to.deep.equal(['stored']);
    expect(configurationsUsed[0]?.command).to.equal('own');
    expect(logger.lines.at(-1)?.fields).to.deep.equal({ flowRunId: 'x', infrastructurePid: 'stored' });
  });

  it('without stored infrastructure finds it where runs were launched', async () => {
    const { tearDown, worker, orchestrator } = await create();
    const asked: unknown[][] = [];
    orchestrator.launchPlaces = async () => [{ cluster: 'c' }];
    worker.listInfrastructure = async (...args: unknown[]) => {
      asked.push(args);
      return [
        { infrastructurePid: 'of another', flowRunId: 'y', attemptId: null },
        { infrastructurePid: 'found', flowRunId: 'x', attemptId: null },
      ];
    };

    await tearDown('x');

    expect(worker.kills).to.deep.equal(['found']);
    expect(asked[0]?.[0]).to.have.length(1);
    expect(asked[0]?.[1]).to.deep.equal([{ cluster: 'c' }]);
  });

  it('without any infrastructure stops nothing', async () => {
    const { tearDown, worker } = await create();
    await tearDown('x');
    worker.alive = [{ infrastructurePid: 'pid-x', flowRunId: 'x', attemptId: null }];
    worker.capabilities = { canKill: true, canResume: true, canList: false };

    await tearDown('x');

    expect(worker.kills).to.deep.equal([]);
  });

  it("rejects on failure, and forgets the run's secrets after the failure is logged", async () => {
    const { tearDown, pool, worker, secrets } = await create();
    const jobVariables = { command: '{{ prefect.variables.word }}' };
    pool.addRun({ id: 'x', stateType: 'CANCELLING', infrastructurePid: 'stored', jobVariables });
    pool.references = {
      ...pool.references,
      readVariable: async (name) => ({ name, value: 'hunter2-hunter2', isSecret: true }),
    };
    worker.onKill = async () => Promise.reject(new Error('cannot stop hunter2-hunter2'));

    const error = (await rejected(tearDown('x'))) as Error;
    expect(secrets.redact(error.message)).to.equal('cannot stop ********');
    await settle();

    expect(secrets.redact('hunter2-hunter2')).to.equal('hunter2-hunter2');
  });
});
