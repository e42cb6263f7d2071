import { BaseJobConfiguration, LeaseLostError, OrchestratorUnauthorizedError } from '@worker-host/core';
import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import { inStep } from '../support/machine.js';
import { isSettled, rejected } from '../support/promises.js';
import { createRunBench } from '../support/run-bench.js';

const REFUSED = new OrchestratorUnauthorizedError('The call', 'memory', 'Log in.');
const FAULT = new Error('422');
const PLACE = { cluster: 'c' };

describe('the labels of a run', () => {
  it('are retried while the control plane is unavailable', async () => {
    const { writes, orchestrator, pool, clock } = await createRunBench();
    const fault = orchestrator.faults.fail('label', { times: 3 });

    writes.label();
    await clock.advance(20_000);

    expect(fault.hits).to.equal(3);
    expect(pool.run('a')?.labels).to.deep.include({ 'prefect.worker.name': 'w' });
  });

  it('are given up with a warning after any other failure', async () => {
    const { writes, orchestrator, clock, runLog, events } = await createRunBench();
    orchestrator.faults.fail('label', { error: FAULT });

    writes.label();
    await clock.advance(20_000);

    expect(orchestrator.callsOf('label')).to.equal(1);
    expect(runLog.lines).to.deep.equal([
      { level: 'warn', message: 'Labelling the run failed', fields: { error: FAULT } },
    ]);
    expect(events).to.deep.equal([]);
  });

  it('end the worker if its credentials are rejected', async () => {
    const { writes, orchestrator, run, runLog, events } = await createRunBench();
    orchestrator.faults.fail('label', { error: REFUSED });

    writes.label();
    await settle();

    expect(events).to.deep.equal([{ type: 'unauthorized' }]);
    expect(run.lastError).to.equal(REFUSED);
    expect(runLog.lines).to.deep.equal([]);
  });

  it('end silently when the run is not watched here any more', async () => {
    const { writes, orchestrator, run, runLog, events, clock } = await createRunBench();
    orchestrator.faults.fail('label');
    writes.label();
    await settle();
    const before = runLog.messages().length;

    run.close();
    await clock.advance(60_000);

    expect(runLog.messages()).to.have.length(before);
    expect([orchestrator.callsOf('label'), events, clock.pendingSleeps]).to.deep.equal([1, [], []]);
  });

  it('that fail after the run was released have no consequence', async () => {
    const { writes, orchestrator, run, runLog, events } = await createRunBench();
    const hold = orchestrator.faults.hold('label');
    orchestrator.faults.fail('label', { error: REFUSED });
    writes.label();
    await settle();

    run.close();
    hold.release();
    await settle();

    expect([events, runLog.lines]).to.deep.equal([[], []]);
  });
});

describe('intermediate states', () => {
  it('are proposed one after the other, whatever their outcomes', async () => {
    const { writes, orchestrator, pool, runLog, events } = await createRunBench();
    const hold = orchestrator.faults.hold('proposeState', { when: ({ detail }) => detail === 'One' });
    orchestrator.faults.fail('proposeState', { error: FAULT, when: ({ detail }) => detail === 'One' });

    writes.propose({ type: 'PENDING', name: 'One' });
    writes.propose({ type: 'PENDING', name: 'Two' });
    expect(await isSettled(writes.statesProposed)).to.equal(false);
    expect(orchestrator.callsOf('proposeState')).to.equal(1);
    hold.release();

    expect(await isSettled(writes.statesProposed)).to.equal(true);
    expect(pool.stateNames('a')).to.include('Two').and.not.include('One');
    expect(runLog.messages('debug')).to.deep.equal(['Proposing a state failed']);
    expect(events).to.deep.equal([]);
  });

  it('end the worker if its credentials are rejected', async () => {
    const { writes, orchestrator, events } = await createRunBench();
    orchestrator.faults.fail('proposeState', { error: REFUSED });

    writes.propose({ type: 'PENDING', name: 'One' });
    await writes.statesProposed;

    expect(events).to.deep.equal([{ type: 'unauthorized' }]);
  });

  it('of a lost lease are not logged', async () => {
    const { writes, orchestrator, events, run } = await createRunBench();
    orchestrator.faults.fail('proposeState', { error: new LeaseLostError('a', 'why') });

    writes.propose({ type: 'PENDING', name: 'One' });
    await writes.statesProposed;

    expect([events, run.lastError]).to.deep.equal([[], null]);
  });

  it('are none at first', async () => {
    const { writes } = await createRunBench();

    expect(await Promise.all([writes.statesProposed, writes.pidStored, writes.stopOrdered])).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('the id of the infrastructure', () => {
  const launched = () => inStep('watch', { infrastructurePid: 'pid' });

  it('is stored, so that another worker finds the infrastructure', async () => {
    const { writes, run, pool, orchestrator } = await createRunBench();
    const hold = orchestrator.faults.hold('storeInfrastructurePid');
    const earlier = run.reported.current;
    run.reported.supersede();
    run.state = launched();

    writes.storePid('pid');
    expect(await isSettled(writes.pidStored)).to.equal(false);
    expect(await isSettled(Promise.race([writes.handedOver, earlier]))).to.equal(false);
    hold.release();

    expect(await isSettled(writes.pidStored)).to.equal(true);
    expect(await isSettled(writes.handedOver)).to.equal(true);
    expect(await isSettled(earlier)).to.equal(true);
    expect(pool.run('a')?.infrastructurePid).to.equal('pid');
  });

  it('is stored with retries after a failure of any kind', async () => {
    const { writes, run, pool, orchestrator, clock, events } = await createRunBench();
    orchestrator.faults.fail('storeInfrastructurePid', { error: FAULT, times: 2 });
    run.state = launched();

    writes.storePid('pid');
    await clock.advance(10_000);

    expect(pool.run('a')?.infrastructurePid).to.equal('pid');
    expect(events).to.deep.equal([]);
  });

  it('is no longer stored if it belongs to an earlier launch', async () => {
    const { writes, run, orchestrator, clock } = await createRunBench();
    const fault = orchestrator.faults.fail('storeInfrastructurePid');
    run.state = launched();
    writes.storePid('pid');
    await settle();

    fault.stop();
    run.state = inStep('launch', { infrastructurePid: null });
    await clock.advance(10_000);

    expect(orchestrator.callsOf('storeInfrastructurePid')).to.equal(1);
  });

  it('need not be stored when the infrastructure has ended', async () => {
    const { writes, run, orchestrator, clock, events } = await createRunBench();
    const hold = orchestrator.faults.hold('storeInfrastructurePid');
    orchestrator.faults.fail('storeInfrastructurePid', { error: new LeaseLostError('a', 'why') });
    run.state = launched();
    writes.storePid('pid');
    await settle();

    run.infrastructureEnded.abort(new Error('over'));
    hold.release();
    await clock.advance(10_000);

    expect(await isSettled(writes.pidStored)).to.equal(true);
    expect(events).to.deep.equal([]);
  });

  for (const [error, event] of [
    [new LeaseLostError('a', 'another worker owns it'), 'lease-lost'],
    [REFUSED, 'unauthorized'],
  ] as const)
    it(`is not retried after '${event}', which is sent to the machine`, async () => {
      const { writes, run, orchestrator, clock, events } = await createRunBench();
      orchestrator.faults.fail('storeInfrastructurePid', { error });
      run.state = launched();

      writes.storePid('pid');
      await clock.advance(60_000);

      expect(orchestrator.callsOf('storeInfrastructurePid')).to.equal(1);
      expect(events.map(({ type }) => type)).to.deep.equal([event]);
      expect(run.lastError).to.equal(error);
      if (event === 'lease-lost') expect(events[0]).to.have.property('message').that.includes('another worker owns it');
    });

  it('is written only while the lease is confirmed', async () => {
    const { writes, run, orchestrator, clock, pool } = await createRunBench();
    await clock.advance(90_000);
    run.state = launched();

    writes.storePid('pid');
    await settle();

    expect(orchestrator.callTexts.slice(-2)).to.deep.equal(['renew a', 'storeInfrastructurePid a']);
    expect(pool.run('a')?.infrastructurePid).to.equal('pid');
  });

  it('may already be stored by an earlier owner', async () => {
    const { writes } = await createRunBench();

    writes.markHandedOver();

    expect(await isSettled(writes.handedOver)).to.equal(true);
  });
});

describe('the place of a launch', () => {
  it('is stored with its relaunch, once', async () => {
    const { writes, run, pool, orchestrator } = await createRunBench();
    run.state = inStep('launch', { relaunch: 2 });

    await writes.storeLaunch(PLACE);
    run.state = inStep('launch', { relaunch: 2, launchPlace: { ...PLACE } });
    await writes.storeLaunch(PLACE);

    expect(pool.launch('a')).to.deep.equal({ relaunch: 2, place: PLACE });
    expect(orchestrator.callsOf('storeLaunch')).to.equal(1);
  });

  it('is stored for the pool as the plugin searches it', async () => {
    const { writes, worker, orchestrator } = await createRunBench();
    worker.searchPlaceOf = ({ cluster = null }) => ({ cluster });

    await writes.storeLaunch({ ...PLACE, token: 3 });

    expect(await orchestrator.launchPlaces()).to.deep.equal([PLACE]);
  });

  it('is stored for the pool as it is if the plugin fails to say where it searches', async () => {
    const { writes, worker, orchestrator } = await createRunBench();
    worker.searchPlaceOf = () => {
      throw new Error('a fault of the plugin');
    };
    await writes.storeLaunch(PLACE);
    worker.searchPlaceOf = () => 'c' as never;
    await writes.storeLaunch({ cluster: 'd' });

    expect(await orchestrator.launchPlaces()).to.deep.equal([{ cluster: 'd' }, PLACE]);
  });

  it('is stored with the request, without the secrets of the run and those that a name gives away', async () => {
    const { writes, run, pool } = await createRunBench();
    run.own.secrets.add('hunter2-hunter2');
    const environment = [
      { name: 'URL', value: 'https://me:hunter2-hunter2@host' },
      { name: 'DB_PASSWORD', value: 'unregistered' },
    ];

    await writes.storeLaunch(PLACE, () => ({ environment }));

    expect(pool.entry('a').launchRequest).to.deep.equal({
      environment: [
        { name: 'URL', value: 'https://me:********@host' },
        { name: 'DB_PASSWORD', value: '********' },
      ],
    });
  });

  it('is stored without a request that the plugin cannot show', async () => {
    const { writes, orchestrator, pool, runLog } = await createRunBench();

    await writes.storeLaunch(PLACE, () => {
      throw new Error('a fault of the plugin');
    });

    expect(await orchestrator.launchPlaces()).to.deep.equal([PLACE]);
    expect(pool.entry('a').launchRequest).to.equal(null);
    expect(runLog.messages('warn')).to.deep.equal(['The plugin gave a launch request that cannot be stored']);
  });

  it('that contains a secret of the run is not stored', async () => {
    const { writes, run, orchestrator } = await createRunBench();
    run.own.secrets.add('secret-cluster');

    await writes.storeLaunch({ cluster: 'secret-cluster' });

    expect(orchestrator.callsOf('storeLaunch')).to.equal(0);
  });

  it('is stored only while the lease is confirmed', async () => {
    const { writes, orchestrator, clock } = await createRunBench();
    await clock.advance(90_000);

    await writes.storeLaunch(PLACE);

    expect(orchestrator.callTexts.slice(-2)).to.deep.equal(['renew a', 'storeLaunch a']);
  });

  it('is stored with retries after a failure of any kind', async () => {
    const { writes, orchestrator, clock, pool } = await createRunBench();
    orchestrator.faults.fail('storeLaunch', { error: FAULT, times: 2 });

    await clock.run(writes.storeLaunch(PLACE));

    expect(pool.launch('a')?.place).to.deep.equal(PLACE);
  });

  for (const [error, event] of [
    [new LeaseLostError('a', 'why'), 'lease-lost'],
    [REFUSED, 'unauthorized'],
  ] as const)
    it(`that cannot be stored because of '${event}' prevents the launch`, async () => {
      const { writes, orchestrator, events } = await createRunBench();
      orchestrator.faults.fail('storeLaunch', { error });

      expect(await rejected(writes.storeLaunch(PLACE))).to.equal(error);
      expect(events.map(({ type }) => type)).to.deep.equal([event]);
    });

  it('that was stored while the launch was forbidden permits none', async () => {
    const { writes, run, orchestrator, events } = await createRunBench();
    const hold = orchestrator.faults.hold('storeLaunch');
    const stored = rejected(writes.storeLaunch(PLACE));
    await settle();

    run.forbidLaunch();
    hold.release();

    expect(await stored).to.have.property('code', 'RUN_CANCELLED');
    expect(events).to.deep.equal([]);
  });

  it('that failed to be stored while the launch was forbidden says nothing about the lease', async () => {
    const { writes, run, orchestrator, events } = await createRunBench();
    const hold = orchestrator.faults.hold('storeLaunch');
    orchestrator.faults.fail('storeLaunch', { error: new LeaseLostError('a', 'why') });
    const stored = rejected(writes.storeLaunch(PLACE));
    await settle();

    run.close();
    hold.release();

    expect(await stored).to.have.property('code', 'LEASE_LOST');
    expect(events).to.deep.equal([]);
  });
});

describe('the stop request', () => {
  it("is repeated with the run's own configuration until the end is seen", async () => {
    const { writes, run, worker, clock, runLog } = await createRunBench();
    const configurations: unknown[] = [];
    worker.killInfrastructure = async (_pid, configuration?: BaseJobConfiguration) => {
      configurations.push(configuration);
    };

    writes.stopInfrastructure('pid');
    await clock.advance(45_000);
    run.infrastructureEnded.abort(new Error('over'));
    await clock.advance(60_000);

    expect(configurations).to.deep.equal([run.configuration, run.configuration, run.configuration]);
    expect(configurations[0]).to.equal(run.configuration);
    expect(runLog.messages('error')).to.deep.equal([]);
    expect(await isSettled(writes.stopOrdered)).to.equal(true);
  });

  it('uses the configuration of the pool if the run has none', async () => {
    const { writes, run, worker } = await createRunBench();
    run.configuration = null;
    const configurations: unknown[] = [];
    worker.killInfrastructure = async (_pid, configuration?: BaseJobConfiguration) => {
      configurations.push(configuration);
    };

    writes.stopInfrastructure('pid');
    await settle();

    expect(configurations[0]).to.be.instanceOf(BaseJobConfiguration);
  });

  it('is sent once for a run that is not watched, and awaited', async () => {
    const { writes, run, worker, clock } = await createRunBench();
    let release = (): void => {};
    worker.onKill = () => new Promise((resolve) => (release = resolve));
    run.infrastructureEnded.abort(new Error('over'));

    writes.stopInfrastructure('pid');
    expect(await isSettled(writes.stopOrdered)).to.equal(false);
    release();
    expect(await isSettled(writes.stopOrdered)).to.equal(true);
    await clock.advance(60_000);

    expect(worker.kills).to.deep.equal(['pid']);
  });

  it('that fails for a run that is not watched is logged', async () => {
    const { writes, run, worker, runLog } = await createRunBench();
    worker.onKill = async () => Promise.reject(FAULT);
    run.infrastructureEnded.abort(new Error('over'));

    writes.stopInfrastructure('pid');
    await writes.stopOrdered;

    expect(runLog.lines).to.deep.equal([
      {
        level: 'error',
        message: 'Stopping the infrastructure failed',
        fields: { infrastructurePid: 'pid', error: FAULT },
      },
    ]);
  });
});
