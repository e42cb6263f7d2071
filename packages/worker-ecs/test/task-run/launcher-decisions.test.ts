import type { RunProgress } from '@worker-host/core';
import { expect } from 'chai';
import { LAUNCH_ERROR_TABLE } from '../../src/aws/launch-errors/launch-error-table.js';
import { EcsTaskLauncher } from '../../src/task-run/ecs-task-launcher.js';
import { LaunchOutcomeUnknownError, LaunchRefusedError } from '../../src/task-run/launch-errors.js';
import {
  aLaunchOrder,
  aPreparedTaskRun,
  DEFINITION_ARN,
  RememberingLogger,
  someClients,
  someSettings,
} from '../support/builders.js';
import { FakeClock } from '../support/fake-clock.js';
import { awsError } from '../support/fake-ecs.js';
import { ANALYTICS, aLaunchSubject, aPlace, failureOf, NO_CAPACITY } from '../support/launch-subject.js';
import { RecordingMeter } from '../support/recording-meter.js';
import { scriptedEcs } from '../support/scripted-ecs.js';

const THROTTLE = awsError('ThrottlingException', 'Rate exceeded');
const REFUSED = awsError('InvalidParameterException', 'Cpu override for task must be positive.');
const INACTIVE = awsError('ClientException', 'TaskDefinition is inactive');
const NOT_FOUND = awsError('ClientException', 'TaskDefinition not found.');
const SHORT_ARN = 'arn:aws:ecs:us-east-1:123456789012:task/0123';
const BATCH = 'arn:aws:ecs:us-east-1:123456789012:cluster/batch';

/** A preparation that records its calls. */
function aPreparation() {
  const renewals: boolean[] = [];
  const prepare = async (renew: boolean) => {
    renewals.push(renew);
    return aPreparedTaskRun();
  };
  return { renewals, prepare };
}

/** Searches of ended tasks. */
function searchesOfEnded(calls: readonly { readonly operation: string; readonly input: unknown }[]) {
  const inputs = calls
    .filter(({ operation }) => operation === 'listTasks')
    .map(({ input }) => input as { desiredStatus?: string; family?: string });
  return inputs.filter(({ desiredStatus }) => desiredStatus === 'STOPPED');
}

describe('the metrics and logs of a launch', () => {
  it('counts launches, adoptions, and errors by class and kind', async () => {
    const { clients, ecs, clock } = aLaunchSubject();
    const meter = new RecordingMeter();
    const launcher = new EcsTaskLauncher(someSettings(), clock, meter, LAUNCH_ERROR_TABLE.toReversed());
    ecs.script.runTask = [THROTTLE, NO_CAPACITY];

    await clock.run(launcher.launch(aLaunchOrder({ clients })));
    await clock.run(launcher.launch(aLaunchOrder({ clients, mayHaveLaunched: true })));

    expect(meter.of('ecs_launches_total')).to.deep.equal([
      'ecs_launches_total{how=launched} 1',
      'ecs_launches_total{how=adopted} 1',
    ]);
    const [throttle, capacity, ...more] = meter.of('ecs_launch_errors_total');
    expect(throttle).to.include('class=throttle,kind=throttled');
    expect(capacity).to.include('class=capacity,kind=');
    expect(more).to.deep.equal([]);
  });

  it('warn once for each sequence of errors of a class, and report the attempts when launched', async () => {
    const logger = new RememberingLogger();
    const { launch, ecs } = aLaunchSubject();
    ecs.script.runTask = [THROTTLE, THROTTLE, NO_CAPACITY, THROTTLE];

    const { task } = await launch({ logger });

    const warnings = logger.lines.filter(({ level }) => level === 'warn');
    expect(warnings.map(({ fields }) => (fields as { class: string }).class)).to.deep.equal([
      'throttle',
      'capacity',
      'throttle',
    ]);
    expect(warnings.every(({ message }) => message.startsWith('Launching the task failed: '))).to.equal(true);
    expect(logger.lines.filter(({ level }) => level === 'info')).to.deep.equal([
      { level: 'info', message: 'Launched the task after 5 tries', fields: { taskArn: task.taskArn } },
    ]);
  });

  it('contain nothing for a launch at the first attempt', async () => {
    const logger = new RememberingLogger();

    await aLaunchSubject().launch({ logger });

    expect(logger.lines).to.deep.equal([]);
  });

  it('report a wait for capacity, and no other wait', async () => {
    const { launch, ecs } = aLaunchSubject();
    const phases: RunProgress[] = [];
    ecs.script.runTask = [THROTTLE, NO_CAPACITY, THROTTLE];

    await launch({ progress: (progress) => phases.push(progress) });

    expect(phases.map(({ phase }) => phase)).to.deep.equal(['waiting-for-capacity']);
  });
});

describe('the cluster of a launched task', () => {
  const launchedAs = async (task: { readonly taskArn: string; readonly clusterArn?: string }) => {
    const { launch, ecs } = aLaunchSubject();
    ecs.script.runTask = [{ tasks: [task], failures: [] }];
    return (await launch()).clusterArn;
  };

  it("is that of ECS's response, of the task's ARN, or of the place, in this order", async () => {
    const taskArn = 'arn:aws:ecs:us-east-1:123456789012:task/analytics/0123';

    expect(await launchedAs({ taskArn, clusterArn: BATCH })).to.equal(BATCH);
    expect(await launchedAs({ taskArn })).to.equal(ANALYTICS);
    expect(await launchedAs({ taskArn: SHORT_ARN })).to.equal(ANALYTICS);
  });

  it('is that of an adopted task, otherwise of its place, otherwise as configured, otherwise the default one', async () => {
    const clock = new FakeClock();
    const adoptedAs = async (task: object, parts: Partial<Parameters<typeof aLaunchOrder>[0]>) => {
      const startedBy = { current: '' };
      const { ecs } = scriptedEcs({
        list: (input) => {
          startedBy.current = String(input.startedBy);
          return { taskArns: [SHORT_ARN], nextToken: null };
        },
        describe: () => [{ startedBy: startedBy.current, ...task }],
      });
      const { launcher } = aLaunchSubject();
      const order = aLaunchOrder({ clients: someClients({ ecs }), mayHaveLaunched: true, ...parts });
      return (await clock.run(launcher.launch(order))).clusterArn;
    };
    const longArn = 'arn:aws:ecs:us-east-1:123456789012:task/other/0123';

    expect(await adoptedAs({ taskArn: longArn, clusterArn: BATCH }, {})).to.equal(BATCH);
    expect(await adoptedAs({ taskArn: longArn }, {})).to.equal('arn:aws:ecs:us-east-1:123456789012:cluster/other');
    expect(await adoptedAs({ taskArn: SHORT_ARN }, { place: aPlace(0) })).to.equal(ANALYTICS);
    expect(await adoptedAs({ taskArn: SHORT_ARN }, { cluster: 'named' })).to.equal('named');
    expect(await adoptedAs({ taskArn: SHORT_ARN }, { cluster: null })).to.equal('default');
  });
});

describe('a definition that ECS does not accept', () => {
  it('is searched for twice more if it was not found, and then created again, at most twice', async () => {
    const { launch, ecs } = aLaunchSubject();
    const { renewals, prepare } = aPreparation();
    ecs.script.runTask = Array.from({ length: 20 }, () => NOT_FOUND);

    expect(await failureOf(launch({ prepare }))).to.be.instanceOf(LaunchRefusedError);
    expect(renewals).to.deep.equal([false, true, true]);
    expect(ecs.count('runTask')).to.equal(5);
  });

  it('is created again without a delay if it is inactive, at most twice', async () => {
    const { launch, ecs, clock } = aLaunchSubject();
    const { renewals, prepare } = aPreparation();
    ecs.script.runTask = Array.from({ length: 20 }, () => INACTIVE);
    const beganMs = clock.nowMs();

    expect(await failureOf(launch({ prepare }))).to.be.instanceOf(LaunchRefusedError);
    expect(renewals).to.deep.equal([false, true, true]);
    expect(ecs.count('runTask')).to.equal(3);
    expect(clock.nowMs()).to.equal(beganMs);
  });

  it('is created again on on-demand capacity if the relaunch requires it', async () => {
    const { launch, ecs, sent } = aLaunchSubject({ onDemandFromRelaunch: 1 });
    ecs.script.runTask = [INACTIVE];
    const request = {
      taskDefinition: DEFINITION_ARN,
      capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT' }],
    };

    await launch({ relaunch: 1, prepare: async () => aPreparedTaskRun({ request }) });

    expect(sent('launchType')).to.deep.equal(['FARGATE', 'FARGATE']);
  });
});

describe('the search for an earlier launch', () => {
  it('is reported if it fails, and the launch continues with its token', async () => {
    const logger = new RememberingLogger();
    const { launch, ecs } = aLaunchSubject();
    ecs.script.listTasks = [THROTTLE];

    expect(await launch({ mayHaveLaunched: true, logger })).to.have.property('adopted', false);
    expect(logger.lines.map(({ level, message, fields }) => [level, message, fields])).to.deep.equal([
      ['warn', 'Searching for an earlier launch failed; its token prevents a second task', { error: THROTTLE }],
    ]);
  });

  it("rejects with the signal's reason if it fails as the host releases the run", async () => {
    const { launch, ecs } = aLaunchSubject();
    const stop = new AbortController();
    const reason = new Error('released');
    ecs.listTasks = async () => {
      stop.abort(reason);
      throw THROTTLE;
    };

    expect(await failureOf(launch({ mayHaveLaunched: true, signal: stop.signal }))).to.equal(reason);
    expect(ecs.count('runTask')).to.equal(0);
  });

  it('takes a minute if the token no longer guards, once, and reports how old the launch is', async () => {
    const { launch, ecs, clock } = aLaunchSubject();
    await clock.advance(90 * 60_000);
    const beganMs = clock.nowMs();

    const error = await failureOf(launch({ mayHaveLaunched: true }));

    expect(error).to.be.instanceOf(LaunchOutcomeUnknownError);
    expect(error.message).to.include('ageSeconds=5460]');
    expect(clock.nowMs() - beganMs).to.equal(60_000);
    expect(searchesOfEnded(ecs.calls)).to.have.length(2);
  });

  it('is not made for a transient error, nor after the host has released the run', async () => {
    const passing = new Error('try later');
    const { launch, ecs } = aLaunchSubject();
    const stop = new AbortController();
    const reason = new Error('released');

    const passed = await failureOf(launch({ mayHaveLaunched: true, prepare: () => Promise.reject(passing) }));
    const released = await failureOf(
      launch({
        mayHaveLaunched: true,
        signal: stop.signal,
        prepare: async () => {
          stop.abort(reason);
          throw REFUSED;
        },
      }),
    );

    expect([passed, released]).to.deep.equal([passing, reason]);
    expect(ecs.count('listTasks')).to.equal(2);
  });

  it('finds an ended task by the family of its definition after a refusal', async () => {
    const { begin, ecs, clock } = aLaunchSubject();
    ecs.script.runTask = ['lost', REFUSED];
    const launching = begin();
    await clock.advance(10);
    const [taskArn = ''] = [...ecs.tasks.keys()];
    ecs.end(taskArn, 0);

    const launched = await clock.run(launching);

    expect(launched.task).to.include({ taskArn, lastStatus: 'STOPPED' });
    expect(searchesOfEnded(ecs.calls)[0]).to.have.property('family', 'etl');
  });

  it('finds no ended task for a cancelled run, because nothing is left to stop', async () => {
    const { begin, ecs, clock } = aLaunchSubject();
    const cancel = new AbortController();
    ecs.script.runTask = ['lost'];
    const launching = begin({ cancelled: cancel.signal });
    await clock.advance(10);
    ecs.end([...ecs.tasks.keys()][0] ?? '', 0);
    cancel.abort(new Error('cancelled'));

    expect((await failureOf(clock.run(launching))).message).to.equal('cancelled');
    expect(searchesOfEnded(ecs.calls)).to.deep.equal([]);
  });

  it('describes the task in a conflict completely', async () => {
    const { launch } = aLaunchSubject();
    await launch();

    const prepared = aPreparedTaskRun({ request: { taskDefinition: `${DEFINITION_ARN}9`, cluster: 'analytics' } });
    const { task } = await launch({ prepared });

    expect(task).to.have.property('lastStatus', 'PROVISIONING');
  });

  it('searches all families if the definition has none', async () => {
    const { launch, ecs } = aLaunchSubject();
    ecs.script.runTask = [awsError('ConflictException', 'x', { resourceIds: [] })];
    const taskDefinition = { taskDefinitionArn: DEFINITION_ARN, family: 1 as unknown as string };

    await launch({ prepared: aPreparedTaskRun({ taskDefinition }) });

    expect(searchesOfEnded(ecs.calls)[0]).not.to.have.property('family');
  });
});

describe('a launch that is not started', () => {
  it('is not prepared for a run that is already cancelled', async () => {
    const { launch } = aLaunchSubject();
    const { renewals, prepare } = aPreparation();

    await failureOf(launch({ prepare, cancelled: AbortSignal.abort(new Error('cancelled')) }));

    expect(renewals).to.deep.equal([]);
  });

  it('uses no new token after a conflict if waiting is disabled', async () => {
    const { launch, ecs, sent } = aLaunchSubject({ launchPatienceSeconds: 0, launchMaxAttempts: 1 });
    ecs.script.runTask = [awsError('ConflictException', 'x', { resourceIds: [] })];

    expect(await failureOf(launch())).to.be.instanceOf(LaunchOutcomeUnknownError);
    expect(sent('clientToken')).to.have.length(1);
  });
});
