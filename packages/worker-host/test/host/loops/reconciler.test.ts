import {
  OrchestratorUnauthorizedError,
  OrchestratorUnavailableError,
  type StartedInfrastructure,
} from '@worker-host/core';
import { expect } from 'chai';
import { Reconciler } from '../../../src/host/loops/reconciler.js';
import { DEFAULT_RETRY_POLICY } from '../../../src/host/retry.js';
import type { ActiveRun } from '../../../src/host/run/active-run.js';
import { createHostBench } from '../support/host-bench.js';
import { rejected } from '../support/promises.js';
import type { RunBenchOptions } from '../support/run-bench.js';

const NEVER = new AbortController().signal;
async function create(options: RunBenchOptions = {}) {
  const bench = await createHostBench(options);
  const { orchestrator, settings, clock, logger, meter, secrets, guarded, served, runs, configurations, stopper } =
    bench;
  const reconciler = new Reconciler(
    orchestrator,
    settings,
    clock,
    logger,
    meter,
    secrets,
    DEFAULT_RETRY_POLICY,
    () => {},
    guarded,
    served,
    runs,
    configurations,
    stopper,
  );
  return {
    ...bench,
    reconciler,
    reconcile: (signal: AbortSignal = NEVER) => reconciler.reconcile(signal),
    orphan: (flowRunId: string, over: Partial<StartedInfrastructure> = {}): StartedInfrastructure => ({
      infrastructurePid: `pid-${flowRunId}`,
      flowRunId,
      attemptId: null,
      ...over,
    }),
  };
}

describe('reconciling active runs', () => {
  it('cancels a run whose cancellation was missed, immediately', async () => {
    const { reconcile, pool, hold } = await create();
    pool.addRun({ id: 'x', stateType: 'CANCELLING' });
    const run = hold('x');

    await reconcile();

    expect(run.calls).to.deep.equal(['cancel ordered']);
  });

  it('treats a run that was made Cancelled from outside as cancelled, when found twice', async () => {
    const { reconcile, pool, hold } = await create();
    pool.addRun({ id: 'x', stateType: 'CANCELLED' });
    const run = hold('x');

    for (let round = 0; round < 2; round += 1) await reconcile();

    expect(run.calls).to.deep.equal(['cancel ordered']);
  });

  for (const [what, change] of [
    ['is Completed', (pool) => pool.put('x', 'COMPLETED')],
    ['is Made up', (pool) => pool.put('x', 'FAILED', 'Made up')],
    ['was deleted', (pool) => pool.removeRun('x')],
  ] as const satisfies readonly (readonly [string, (pool: Awaited<ReturnType<typeof create>>['pool']) => unknown])[])
    it(`stops the job of a run that ${what}, when found twice, and logs it`, async () => {
      const { reconcile, pool, hold, runLog } = await create();
      pool.addRun({ id: 'x', stateType: 'RUNNING' });
      const run = hold('x');
      change(pool);

      await reconcile();
      expect([run.calls, runLog.lines]).to.deep.equal([[], []]);
      await reconcile();

      expect(run.calls).to.deep.equal(['cancel over']);
      expect(runLog.messages('warn')).to.deep.equal([
        `Stopping the infrastructure: the run ${what}, but its job is still running`,
      ]);
    });

  it('starts again if a final run becomes active again', async () => {
    const { reconcile, pool, hold } = await create();
    pool.addRun({ id: 'x', stateType: 'COMPLETED' });
    const run = hold('x');
    await reconcile();
    pool.put('x', 'RUNNING');
    await reconcile();
    pool.put('x', 'COMPLETED');

    await reconcile();

    expect(run.calls).to.deep.equal([]);
  });

  it('starts again if a run left this worker meanwhile', async () => {
    const { reconcile, pool, hold, runs } = await create();
    pool.addRun({ id: 'x', stateType: 'COMPLETED' });
    hold('x');
    await reconcile();
    for (const run of runs.all) runs.remove(run, false);
    await reconcile();
    const again = hold('x');

    await reconcile();

    expect(again.calls).to.deep.equal([]);
  });

  it('does not touch jobs if disabled', async () => {
    const { reconcile, pool, hold } = await create({ settings: { stopFinalRuns: false } });
    pool.addRun({ id: 'x', stateType: 'COMPLETED' });
    const run = hold('x');

    for (let round = 0; round < 3; round += 1) await reconcile();

    expect(run.calls).to.deep.equal([]);
  });

  it('reads many runs in pages, and judges those of each', async () => {
    const { reconcile, pool, hold, orchestrator } = await create();
    const held = Array.from({ length: 450 }, (_, index) => {
      pool.addRun({ id: `r${index}`, stateType: index % 200 === 49 ? 'COMPLETED' : 'RUNNING' });
      return hold(`r${index}`);
    });

    await reconcile();
    expect(orchestrator.callsOf('readFlowRuns')).to.equal(3);
    await reconcile();

    const cancelled = held.filter(({ calls }) => calls.includes('cancel over')).map(({ id }) => id);
    expect(cancelled).to.deep.equal(['r49', 'r249', 'r449']);
  });

  it('reads nothing for runs without infrastructure', async () => {
    const { reconcile, hold, orchestrator } = await create();
    hold('x', { infrastructurePid: null });

    await reconcile();

    expect(orchestrator.callsOf('readFlowRuns')).to.equal(0);
  });
});

describe('reconciling infrastructure', () => {
  it('stops infrastructure of a final run when found twice', async () => {
    const { reconcile, pool, worker, orphan, logger, measured } = await create();
    pool.addRun({ id: 'x', stateType: 'COMPLETED' });
    worker.alive = [orphan('x')];

    await reconcile();
    expect(worker.kills).to.deep.equal([]);
    await reconcile();

    expect(worker.kills).to.deep.equal(['pid-x']);
    expect(logger.lines.find(({ level }) => level === 'warn')).to.deep.equal({
      level: 'warn',
      message: 'Stopping orphaned infrastructure: its run is over and no worker owns it',
      fields: { flowRunId: 'x', infrastructurePid: 'pid-x' },
    });
    expect(measured.filter(([name]) => name === 'worker_host_orphans_stopped_total')).to.have.length(1);
    expect(
      measured.filter(([name]) => name === 'worker_host_orphaned_infrastructure').map(([, value]) => value),
    ).to.deep.equal([1, 1]);
  });

  it('lists nothing if the worker type cannot', async () => {
    const { reconcile, worker, orchestrator } = await create();
    worker.capabilities = { canKill: true, canResume: true, canList: false };

    await reconcile();

    expect(orchestrator.callsOf('launchPlaces')).to.equal(0);
  });

  it('treats neither infrastructure of an active run nor that of another pool as an orphan', async () => {
    const { reconcile, pool, worker, orphan, hold, measured } = await create();
    hold('here');
    pool.addRun({ id: 'here', stateType: 'RUNNING' });
    worker.alive = [
      orphan('here'),
      orphan('foreign', { workPoolId: 'another' }),
      orphan('ours', { workPoolId: pool.workPool?.id ?? '' }),
      orphan('unknown'),
    ];

    await reconcile();

    expect(measured.find(([name]) => name === 'worker_host_orphaned_infrastructure')?.[1]).to.equal(2);
  });

  it('treats infrastructure of any pool as an orphan while its own is unknown', async () => {
    const { reconcile, worker, orphan, served, measured } = await create();
    served.accept(null);
    worker.alive = [orphan('foreign', { workPoolId: 'another' })];

    await reconcile();

    expect(measured.find(([name]) => name === 'worker_host_orphaned_infrastructure')?.[1]).to.equal(1);
  });

  it('stops infrastructure of its pool whose run does not exist, and keeps what may belong to another pool', async () => {
    const { reconcile, pool, worker, orphan } = await create();
    worker.alive = [orphan('ours', { workPoolId: pool.workPool?.id ?? '' }), orphan('unknown')];

    for (let round = 0; round < 3; round += 1) await reconcile();

    expect(new Set(worker.kills)).to.deep.equal(new Set(['pid-ours']));
  });

  it('finds with one read which of many jobs belong to active runs, and detects the end of such a run by the next round', async () => {
    const { reconcile, pool, worker, orphan, orchestrator } = await create();
    for (const id of ['x', 'y', 'z']) pool.addRun({ id, stateType: 'RUNNING' });
    worker.alive = ['x', 'y', 'z'].map((id) => orphan(id));
    await reconcile();
    expect([orchestrator.callsOf('readFlowRuns'), orchestrator.callsOf('readFlowRun')]).to.deep.equal([1, 0]);

    pool.put('y', 'COMPLETED');
    for (let round = 0; round < 2; round += 1) await reconcile();

    expect(worker.kills).to.deep.equal(['pid-y']);
  });

  it('starts again if the run became active again, and if the infrastructure was unavailable', async () => {
    const { reconcile, pool, worker, orphan } = await create();
    pool.addRun({ id: 'x', stateType: 'COMPLETED' });
    worker.alive = [orphan('x')];
    await reconcile();
    pool.put('x', 'RUNNING');
    await reconcile();
    pool.put('x', 'COMPLETED');
    await reconcile();
    expect(worker.kills).to.deep.equal([]);
    worker.alive = [];
    await reconcile();
    worker.alive = [orphan('x')];

    await reconcile();

    expect(worker.kills).to.deep.equal([]);
  });

  it('checks fifty per round, and the others in the next one', async () => {
    const { reconcile, pool, worker, orphan, orchestrator } = await create();
    const workPoolId = pool.workPool?.id ?? '';
    worker.alive = Array.from({ length: 70 }, (_, index) => orphan(`x${index}`, { workPoolId }));

    await reconcile();
    expect(orchestrator.callsOf('readFlowRun')).to.equal(50);
    expect(worker.kills).to.deep.equal([]);
    for (let round = 0; round < 3; round += 1) await reconcile();

    expect(new Set(worker.kills).size).to.equal(70);
  });

  it('does not touch what became active while it was checked', async () => {
    const { reconcile, pool, worker, orphan, orchestrator, hold } = await create();
    pool.addRun({ id: 'x', stateType: 'COMPLETED' });
    worker.alive = [orphan('x')];
    await reconcile();
    const { ownerOf } = orchestrator;
    orchestrator.ownerOf = async (run) => {
      hold('x', { infrastructurePid: null });
      return await ownerOf.call(orchestrator, run);
    };

    await reconcile();

    expect(worker.kills).to.deep.equal([]);
  });

  it('continues with the others after a failure, and logs it', async () => {
    const { reconcile, pool, worker, orphan, logger } = await create();
    for (const id of ['x', 'y']) pool.addRun({ id, stateType: 'COMPLETED' });
    worker.alive = [orphan('x'), orphan('y')];
    const error = new Error('throttled');
    worker.onKill = async (pid) => {
      if (pid === 'pid-x') throw error;
    };

    for (let round = 0; round < 2; round += 1) await reconcile();

    expect(worker.kills).to.deep.equal(['pid-x', 'pid-y']);
    expect(logger.lines.filter(({ message }) => message === 'Checking orphaned infrastructure failed')).to.deep.equal([
      {
        level: 'warn',
        message: 'Checking orphaned infrastructure failed',
        fields: { flowRunId: 'x', infrastructurePid: 'pid-x', error },
      },
    ]);
  });

  for (const error of [
    new OrchestratorUnavailableError('The call', 'memory'),
    new OrchestratorUnauthorizedError('The call', 'memory', 'Log in.'),
  ])
    it(`fails after ${error.code}`, async () => {
      const { reconcile, pool, worker, orphan, orchestrator } = await create();
      for (const id of ['x', 'y']) pool.addRun({ id, stateType: 'COMPLETED' });
      worker.alive = [orphan('x'), orphan('y')];
      orchestrator.faults.fail('readFlowRun', { error });

      expect(await rejected(reconcile())).to.equal(error);
      expect(orchestrator.callsOf('readFlowRun')).to.equal(1);
    });

  it('ends with its signal', async () => {
    const { reconcile, worker, orphan, orchestrator } = await create();
    const control = new AbortController();
    worker.onList = async () => control.abort(new Error('over'));
    worker.alive = [orphan('x')];

    expect(await rejected(reconcile(control.signal))).to.have.property('message', 'over');
    expect(orchestrator.callsOf('readFlowRun')).to.equal(0);
  });

  it('searches where the pool launches, where active runs are, and where runs were launched earlier, each once', async () => {
    const { reconcile, pool, worker, hold, run, orchestrator } = await create();
    const asked: unknown[][] = [];
    worker.listInfrastructure = async (...args: unknown[]) => {
      asked.push(args);
      return [];
    };
    pool.addRun({ id: 'x' });
    const configuration = await (await create()).configurations.poolDefault();
    hold('x', { configuration, launchPlace: { cluster: 'c' } });
    hold('y', { launchPlace: { cluster: 'd' } });
    hold('z');
    orchestrator.launchPlaces = async () => [{ cluster: 'c' }, { cluster: 'e' }];

    await reconcile();

    const [configurations, places] = asked[0] as [unknown[], unknown[]];
    expect(configurations).to.have.length(2);
    expect(configurations[1]).to.equal(configuration);
    expect(places).to.deep.equal([{ cluster: 'c' }, { cluster: 'd' }, { cluster: 'e' }]);
    expect(run.id).to.equal('a');
  });

  it('searches where a lost run was', async () => {
    const { reconcile, worker, hold, runs } = await create();
    let searched: unknown = null;
    worker.listInfrastructure = async (...[, places]: unknown[]) => {
      searched = places;
      return [];
    };
    runs.remove(hold('x', { launchPlace: { cluster: 'c' } }) as unknown as ActiveRun, false);

    await reconcile();

    expect(searched).to.deep.equal([{ cluster: 'c' }]);
  });

  it('forgets the secrets of the run that it stops', async () => {
    const { reconcile, pool, worker, orphan, secrets } = await create();
    const jobVariables = { command: '{{ prefect.variables.word }}' };
    pool.addRun({ id: 'x', stateType: 'COMPLETED', jobVariables });
    pool.references = {
      ...pool.references,
      readVariable: async (name) => ({ name, value: 'hunter2-hunter2', isSecret: true }),
    };
    worker.alive = [orphan('x')];
    let during = '';
    worker.onKill = async () => {
      during = secrets.redact('hunter2-hunter2');
    };

    for (let round = 0; round < 2; round += 1) await reconcile();

    expect([during, secrets.redact('hunter2-hunter2')]).to.deep.equal(['********', 'hunter2-hunter2']);
  });

  it('is repeated at its interval, and times out after five minutes', async () => {
    const { reconciler, orchestrator, clock } = await create({ settings: { reconcileSeconds: 300 } });
    const control = new AbortController();
    void reconciler.loop.run((round) => reconciler.reconcile(round), control.signal);
    await clock.advance(360_000 + 1);
    expect(orchestrator.callsOf('launchPlaces')).to.equal(2);

    orchestrator.faults.hold('launchPlaces');
    await clock.advance(360_000 + 299_000);
    expect(reconciler.loop.problem).to.equal(null);
    await clock.advance(2000);

    expect(reconciler.loop.problem).to.match(/^Reconciling runs and infrastructure/);
    control.abort();
  });
});
