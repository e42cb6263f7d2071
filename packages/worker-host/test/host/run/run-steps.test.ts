import {
  BaseJobConfiguration,
  LeaseLostError,
  OrchestratorUnauthorizedError,
  OrchestratorUnavailableError,
  WorkerResult,
} from '@worker-host/core';
import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import type { StateDecision } from '../../../src/host/run/run-decisions.js';
import type { Conclusion } from '../../../src/host/run/run-state.js';
import { endOf } from '../support/fake-worker.js';
import { inStep } from '../support/machine.js';
import { isSettled, rejected } from '../support/promises.js';
import { createRunBench } from '../support/run-bench.js';

const NEVER = new AbortController();
const RESULT = new WorkerResult('pid', 0, endOf(0));
const ENDED: Conclusion = { because: 'ended', result: RESULT, nowMs: 1 };
const CANCELLED: Conclusion = { because: 'cancelled', message: 'why' };
const COMPLETED: StateDecision = { kind: 'propose', proposal: { type: 'COMPLETED', name: 'Completed' } };

describe('the claim of a run', () => {
  it('gives it a lease, is logged, and is known as soon as it is granted', async () => {
    const { steps, run, runLog } = await createRunBench({ isClaimed: false });
    run.state = inStep('claim');
    expect(await isSettled(steps.claimed)).to.equal(false);

    expect(await steps.do('claim', 3, NEVER)).to.deep.equal({ type: 'claimed', serial: 3 });

    expect(run.isOwned).to.equal(true);
    expect(await isSettled(steps.claimed)).to.equal(true);
    expect(runLog.messages('info')).to.deep.equal(["Worker 'w' claimed the run"]);
  });

  it('that is refused contains the reason', async () => {
    const { steps, run, pool } = await createRunBench({ isClaimed: false });
    pool.put('a', 'RUNNING');

    const event = await steps.do('claim', 3, NEVER);

    expect(event).to.deep.include({ type: 'refused', serial: 3 });
    expect(event).to.have.property('reason').that.is.a('string').and.not.equal('');
    expect(run.isOwned).to.equal(false);
    expect(await isSettled(steps.claimed)).to.equal(false);
  });

  it('that is granted after the host has stopped is released', async () => {
    const { steps, run, pool, orchestrator, runLog } = await createRunBench({ isClaimed: false });
    run.state = { ...inStep('claim'), step: null, outcome: { kind: 'released' } };

    await steps.do('claim', 3, NEVER);

    expect(orchestrator.callTexts).to.include('release worker-stopping a');
    expect(pool.owner('a')).to.equal(null);
    expect(runLog.lines).to.deep.equal([]);
  });

  it('is given up when its step is over', async () => {
    const { steps, orchestrator } = await createRunBench({ isClaimed: false });
    orchestrator.faults.hold('claim');
    const control = new AbortController();
    const claimed = rejected(steps.do('claim', 3, control));
    await settle();

    control.abort(new Error('over'));

    expect(await claimed).to.have.property('message', 'over');
  });
});

describe('the rendering of a run', () => {
  it('stores the result', async () => {
    const { steps, run } = await createRunBench({ flowRun: { jobVariables: { command: 'say hi' } } });
    run.configuration = null;
    run.state = inStep('render', { rendering: 'launch' });

    expect(await steps.do('render', 3, NEVER)).to.deep.equal({ type: 'rendered', serial: 3 });

    expect(run.configuration).to.have.property('command', 'say hi');
    expect(run.flow).to.have.property('id', 'flow-id');
  });

  it('to launch fails if the deployment was deleted; to watch it uses the defaults of the pool', async () => {
    const { steps, run } = await createRunBench({ flowRun: { deploymentId: 'gone' } });
    run.configuration = null;
    run.state = inStep('render', { rendering: 'launch' });
    expect(await rejected(steps.do('render', 3, NEVER))).to.have.property('code', 'DEPLOYMENT_GONE');

    run.state = inStep('render', { rendering: 'watch' });
    expect(await steps.do('render', 4, NEVER)).to.deep.equal({ type: 'rendered', serial: 4 });
    expect(run.configuration).to.be.instanceOf(BaseJobConfiguration);
  });
});

describe('the search for a run', () => {
  it('passes attempt, relaunch and place', async () => {
    const { steps, run, worker } = await createRunBench();
    const asked: unknown[][] = [];
    worker.findInfrastructure = async (...args) => {
      asked.push(args);
      return 'found';
    };
    run.state = inStep('find', { relaunch: 2, launchPlace: { cluster: 'c' } });

    expect(await steps.do('find', 3, NEVER)).to.deep.equal({ type: 'found', serial: 3, infrastructurePid: 'found' });
    expect(asked[0]?.[0]).to.deep.equal({ attempt: run.lease.attempt, relaunch: 2, place: { cluster: 'c' } });
    expect(asked[0]?.[1]).to.equal(run.configuration);
  });

  it('uses the configuration of the pool if the run has none', async () => {
    const { steps, run, worker } = await createRunBench();
    run.configuration = null;
    let used: unknown = null;
    worker.findInfrastructure = async (_launch, configuration) => {
      used = configuration;
      return null;
    };

    await steps.do('find', 3, NEVER);

    expect(used).to.be.instanceOf(BaseJobConfiguration);
  });

  it('finds nothing if the worker type cannot list', async () => {
    const { steps, worker } = await createRunBench();
    worker.capabilities = { canKill: true, canResume: true, canList: false };
    worker.findInfrastructure = async () => 'found';

    expect(await steps.do('find', 3, NEVER)).to.deep.equal({ type: 'found', serial: 3, infrastructurePid: null });
  });
});

describe('the launch of a run', () => {
  it("starts after the intermediate states are answered, and ends with the plugin's result", async () => {
    const { steps, writes, orchestrator, worker, clock } = await createRunBench();
    const hold = orchestrator.faults.hold('proposeState');
    worker.run = async () => RESULT;
    writes.propose({ type: 'PENDING', name: 'Submitting' });
    const launched = steps.do('launch', 7, NEVER);
    expect(await isSettled(launched)).to.equal(false);

    hold.release();

    expect(await launched).to.deep.equal({ type: 'ended', serial: 7, result: RESULT, nowMs: clock.nowMs() });
  });

  it('confirms an expired lease first', async () => {
    const { steps, orchestrator, worker, clock } = await createRunBench();
    worker.run = async () => RESULT;
    await clock.advance(90_000);

    await steps.do('launch', 7, NEVER);

    expect(orchestrator.callTexts.at(-1)).to.equal('renew a');
  });

  it('does not start for a cancelled run', async () => {
    const { steps, run, worker } = await createRunBench();
    let launches = 0;
    worker.run = async () => {
      launches += 1;
      return RESULT;
    };
    run.forbidLaunch();

    expect(await rejected(steps.do('launch', 7, NEVER))).to.have.property('code', 'RUN_CANCELLED');
    expect(launches).to.equal(0);
  });

  it('has a separate permit each time', async () => {
    const { steps, run, worker } = await createRunBench();
    worker.run = async () => RESULT;
    run.permit.abort(new Error('of the launch before'));

    await steps.do('launch', 7, NEVER);

    expect(run.permit.signal.aborted).to.equal(false);
  });

  it('passes run, configuration and a context of the step', async () => {
    const { steps, run, worker } = await createRunBench();
    run.state = inStep('launch', { relaunch: 3 });
    const calls: unknown[][] = [];
    worker.run = async (...args) => {
      calls.push(args);
      args[2].progress({ phase: 'running' });
      return RESULT;
    };

    await steps.do('launch', 7, NEVER);

    expect(calls[0]?.slice(0, 2)).to.deep.equal([run.flowRun, run.configuration]);
    expect(calls[0]?.[2]).to.have.property('relaunch', 3);
    expect(run.progress).to.deep.equal({ phase: 'running' });
  });
});

describe('the watching of a run', () => {
  it('resumes the known infrastructure, until its end', async () => {
    const { steps, run, worker, clock } = await createRunBench();
    run.state = inStep('watch', { infrastructurePid: 'pid-7' });
    const calls: unknown[][] = [];
    worker.resume = async (...args) => {
      calls.push(args);
      return RESULT;
    };

    expect(await steps.do('watch', 7, NEVER)).to.deep.equal({
      type: 'ended',
      serial: 7,
      result: RESULT,
      nowMs: clock.nowMs(),
    });
    expect(calls[0]?.slice(0, 3)).to.deep.equal(['pid-7', run.flowRun, run.configuration]);
  });

  it('needs infrastructure', async () => {
    const { steps, run } = await createRunBench();
    run.state = inStep('watch', { infrastructurePid: null });

    expect(await rejected(steps.do('watch', 7, NEVER))).to.have.property(
      'message',
      'A run is watched before it is launched',
    );
  });
});

describe('reading a run', () => {
  it('returns its current state', async () => {
    const { steps, pool } = await createRunBench();
    pool.put('a', 'RUNNING');
    const event = await steps.do('read', 3, NEVER);
    expect(event).to.deep.include({ type: 'read', serial: 3 });
    expect(event).to.have.nested.property('flowRun.stateType', 'RUNNING');

    pool.removeRun('a');
    expect(await steps.do('read', 4, NEVER)).to.deep.equal({ type: 'read', serial: 4, flowRun: null });
  });
});

describe('the report of a run', () => {
  async function createReport(conclusion: Conclusion = ENDED, hostReportsStates = true) {
    const bench = await createRunBench({ hostReportsStates });
    bench.run.state = inStep('report', { conclusion });
    return { ...bench, report: (serial = 3) => bench.steps.report(serial, COMPLETED, NEVER) };
  }

  it('stores the result, proposes the state, emits the event and marks the launch as processed', async () => {
    const { report, pool, orchestrator, run } = await createReport();

    expect(await report()).to.deep.equal({ type: 'reported', serial: 3 });

    expect(orchestrator.callTexts.slice(-2)).to.deep.equal(['storeResult a', 'proposeState Completed a']);
    expect(pool.lastState('a')?.type).to.equal('COMPLETED');
    expect(pool.events.map(({ event }) => event)).to.deep.equal(['prefect.worker.executed-flow-run']);
    expect(await isSettled(run.reported.current)).to.equal(true);
  });

  it('of a run that was never launched stores no result and emits nothing', async () => {
    const { report, pool, orchestrator, runLog } = await createReport(CANCELLED);

    await report();

    expect([orchestrator.callsOf('storeResult'), runLog.lines]).to.deep.equal([0, []]);
    expect(pool.events).to.deep.equal([]);
    expect(pool.lastState('a')?.type).to.equal('COMPLETED');
  });

  for (const hostReportsStates of [true, false])
    it(`${hostReportsStates ? 'follows' : 'does not wait for'} the intermediate states (host reports states: ${hostReportsStates})`, async () => {
      const { report, writes, orchestrator } = await createReport(ENDED, hostReportsStates);
      const hold = orchestrator.faults.hold('proposeState', { when: ({ detail }) => detail === 'Submitting' });
      writes.propose({ type: 'PENDING', name: 'Submitting' });

      const reported = report();

      expect(await isSettled(reported)).to.equal(!hostReportsStates);
      hold.release();
      await reported;
    });

  describe('with last lines of the output that are yet to be read', () => {
    const tailOf = (read: () => Promise<readonly string[]>): Conclusion => {
      const result = new WorkerResult('pid', 1, endOf(1, { logTail: read }));
      return { because: 'ended', result, nowMs: 1 };
    };
    const LINES = ["Last lines of the job's output:\none\ntwo"];
    const linesOf = (messages: readonly string[]) => messages.filter((message) => message.startsWith('Last lines'));

    it('does not wait for them, and logs them once', async () => {
      let answer = (_lines: readonly string[]): void => {};
      let reads = 0;
      const read = () => {
        reads += 1;
        return new Promise<readonly string[]>((resolve) => (answer = resolve));
      };
      const { report, steps, pool, orchestrator, runLog } = await createReport(tailOf(read), false);
      orchestrator.faults.fail('proposeState', { times: 1 });
      await rejected(report());
      expect(reads).to.equal(0);

      await report(4);

      expect(pool.lastState('a')?.type).to.equal('COMPLETED');
      expect([reads, linesOf(runLog.messages('info'))]).to.deep.equal([1, []]);
      answer(['one', 'two']);
      await steps.tailWritten;
      expect(linesOf(runLog.messages('info'))).to.deep.equal(LINES);
    });

    it('reads them first where followers of the run stop at its final state', async () => {
      const { report, orchestrator, pool, runLog } = await createReport(tailOf(async () => ['one', 'two']));
      orchestrator.faults.fail('proposeState', { times: 1 });

      await rejected(report());
      expect(linesOf(runLog.messages('info'))).to.deep.equal(LINES);
      await report(4);

      expect(linesOf(runLog.messages('info'))).to.deep.equal(LINES);
      expect(pool.lastState('a')?.type).to.equal('COMPLETED');
    });

    it('logs none when the host stops, or when they cannot be read', async () => {
      const stopped = await createReport(
        tailOf(() => new Promise(() => {})),
        false,
      );
      await stopped.report();
      await Promise.all([stopped.tails.close(), stopped.clock.advance(2000)]);
      await stopped.steps.tailWritten;
      expect(linesOf(stopped.runLog.messages('info'))).to.deep.equal([]);

      const failed = await createReport(
        tailOf(() => Promise.reject(new Error('denied'))),
        false,
      );
      await failed.report();
      await failed.steps.tailWritten;
      expect(failed.runLog.messages('debug')).to.include('Reading the last lines of the output failed');
    });

    it('records a fault of the plugin if they are no texts', async () => {
      const read = () => Promise.resolve([1] as unknown as readonly string[]);
      const { report, steps, guarded, runLog } = await createReport(tailOf(read), false);

      await report();
      await steps.tailWritten;

      expect(linesOf(runLog.messages('info'))).to.deep.equal([]);
      expect(guarded.health()).to.have.property('isHealthy', true);
      expect(guarded.faults.lines.join()).to.include('last lines of output that are not a list of texts');
    });
  });

  it('follows a stop request whose effect cannot be seen', async () => {
    const { report, run, writes, worker } = await createReport();
    let release = (): void => {};
    worker.onKill = () => new Promise((resolve) => (release = resolve));
    run.infrastructureEnded.abort(new Error('over'));
    writes.stopInfrastructure('pid');

    const reported = report();
    expect(await isSettled(reported)).to.equal(false);
    release();

    expect(await isSettled(reported)).to.equal(true);
  });

  it('confirms an expired lease first', async () => {
    const { report, orchestrator, clock, pool } = await createReport();
    await clock.advance(90_000);

    await report();

    expect(orchestrator.callTexts).to.include('renew a');
    expect(pool.lastState('a')?.type).to.equal('COMPLETED');
  });

  it('that is repeated stores the result once', async () => {
    const { report, orchestrator, runLog } = await createReport();
    orchestrator.faults.fail('proposeState', { times: 1 });

    expect(await rejected(report())).to.have.property('code', 'ORCHESTRATOR_UNAVAILABLE');
    await report(4);

    expect(orchestrator.callsOf('storeResult')).to.equal(1);
    expect(runLog.messages('info')).to.deep.equal(['The job ended successfully']);
  });

  for (const error of [
    new OrchestratorUnavailableError('The call', 'memory'),
    new OrchestratorUnauthorizedError('The call', 'memory', 'Log in.'),
    new LeaseLostError('a', 'why'),
  ])
    it(`that cannot store the result because of ${error.code} is repeated with it`, async () => {
      const { report, orchestrator } = await createReport();
      const fault = orchestrator.faults.fail('storeResult', { error });

      expect(await rejected(report())).to.equal(error);
      fault.stop();
      await report(4);

      expect(orchestrator.callsOf('storeResult')).to.equal(2);
    });

  it('continues without a result that the control plane rejects, and does not store it again', async () => {
    const { report, orchestrator, runLog, pool } = await createReport();
    const error = new Error('422');
    orchestrator.faults.fail('storeResult', { error });
    orchestrator.faults.fail('proposeState', { times: 1 });

    await rejected(report());
    await report(4);

    expect(runLog.lines.filter(({ level }) => level === 'warn')).to.deep.equal([
      { level: 'warn', message: 'Storing the result of the run failed', fields: { error } },
    ]);
    expect(orchestrator.callsOf('storeResult')).to.equal(1);
    expect(pool.lastState('a')?.type).to.equal('COMPLETED');
  });
});
