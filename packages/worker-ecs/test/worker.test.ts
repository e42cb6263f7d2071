import { InfrastructureNotAvailable, InfrastructureNotFound } from '@worker-host/core';
import { expect } from 'chai';
import type { AwsClients, AwsClientsProvider } from '../src/aws/aws-clients.js';
import { ECS_TOKENS } from '../src/ecs-tokens.js';
import { parseStartedBy } from '../src/task-run/launch-token.js';
import type { TaskRunPreparer } from '../src/task-run/launch-types.js';
import { EcsIdentifierError } from '../src/utilities/ecs-identifier.js';
import {
  ATTEMPT_ID,
  aConfiguration,
  aFlowRun,
  aPreparedTaskRun,
  FakeLogs,
  FLOW_RUN_ID,
  RememberingContext,
  someClients,
} from './support/builders.js';
import { anEcsWorker } from './support/ecs-container.js';
import { FakeClock } from './support/fake-clock.js';
import { awsError, FakeEcs } from './support/fake-ecs.js';

const LOCATION = { 'awslogs-group': 'prefect', 'awslogs-stream-prefix': 'etl', 'awslogs-region': 'us-east-1' };

function createSubject(options: { environment?: Record<string, string>; hostCollectsOutput?: boolean } = {}) {
  const clock = new FakeClock();
  const ecs = new FakeEcs();
  const logs = new FakeLogs();
  const clients: AwsClients = someClients({ ecs, logs });
  const provider: AwsClientsProvider = { clientsFor: async () => clients, close() {} };
  const events: { event: string; id?: string }[] = [];
  const definition = {
    taskDefinitionArn: 'arn:aws:ecs:us-east-1:123456789012:task-definition/etl:1',
    family: 'etl',
    containerDefinitions: [{ name: 'prefect', logConfiguration: { logDriver: 'awslogs', options: LOCATION } }],
  };
  const prepared = aPreparedTaskRun({ taskDefinition: definition });
  const preparer: TaskRunPreparer = { prepare: async () => prepared, prewarm: async () => {} };
  const worker = anEcsWorker({
    clock,
    parts: [
      [ECS_TOKENS.AwsClients, provider],
      [ECS_TOKENS.TaskRunPreparer, preparer],
    ],
    options: { environment: options.environment ?? {}, hostCollectsOutput: options.hostCollectsOutput ?? false },
    events: {
      emit: (event) => {
        events.push(event);
        return event.id ?? '';
      },
    },
  });
  return { worker, clock, ecs, logs, events, context: new RememberingContext(), prepared, preparer };
}

async function onlyTaskArn(ecs: FakeEcs, clock: FakeClock): Promise<string> {
  await clock.advance(10);
  const [arn] = [...ecs.tasks.keys()];
  if (!arn) throw new Error('no task was launched');
  return arn;
}

describe('ECSWorker', () => {
  it('watches the task to its end and returns the exit code of the named container', async () => {
    const { worker, clock, ecs, context } = createSubject();

    const running = worker.run(aFlowRun(), aConfiguration(), context);
    const arn = await onlyTaskArn(ecs, clock);
    ecs.step(arn, { lastStatus: 'RUNNING', startedAt: '2026-01-01T00:00:10Z' });
    await clock.advance(5_000);
    ecs.end(arn, 3, {
      containers: [
        { name: 'sidecar', exitCode: 0 },
        { name: 'prefect', exitCode: 3 },
      ],
    });
    const result = await clock.run(running);

    expect(result.identifier).to.equal(`analytics::${arn}`);
    expect(result.statusCode).to.equal(3);
    expect(context.pids).to.deep.equal([`analytics::${arn}`]);
    expect(context.phases.map(({ phase }) => phase)).to.deep.equal(['provisioning', 'running']);
    expect(result.end).to.deep.include({ exitCode: 3, userCodeRan: 'yes', relaunchable: false, stopRequested: false });
    expect(result.end?.diagnosis?.kind).to.equal('application-exit');
    expect(result.end?.phasesSeconds).to.include({ queued: 10, run: 10 });
    expect(ecs.count('runTask')).to.equal(1);
  });

  it('watches the task while its identifier cannot be stored', async () => {
    const { worker, clock, ecs, context } = createSubject();
    context.started = () => new Promise(() => {});

    const running = worker.run(aFlowRun(), aConfiguration(), context);
    ecs.end(await onlyTaskArn(ecs, clock), 0);

    expect((await clock.run(running)).statusCode).to.equal(0);
  });

  it('includes run and attempt in startedBy', async () => {
    const { worker, clock, ecs, context } = createSubject();
    context.relaunch = 2;

    void worker.run(aFlowRun(), aConfiguration(), context).catch(() => {});
    const arn = await onlyTaskArn(ecs, clock);
    context.stopped.abort();

    expect(parseStartedBy(ecs.tasks.get(arn)?.startedBy)).to.deep.equal({
      flowRunId: FLOW_RUN_ID,
      attemptId: ATTEMPT_ID,
      relaunch: 2,
    });
  });

  it('launches nothing a second time when the same attempt is run again', async () => {
    const { worker, clock, ecs, context } = createSubject();

    const first = worker.run(aFlowRun(), aConfiguration(), context);
    const arn = await onlyTaskArn(ecs, clock);
    const again = new RememberingContext();
    again.mayHaveLaunched = true;
    const second = worker.run(aFlowRun(), aConfiguration(), again);
    await clock.advance(10);
    ecs.end(arn, 0);
    const results = await clock.run(Promise.all([first.catch(() => null), second]));

    expect(ecs.tasks.size).to.equal(1);
    expect(results[1].statusCode).to.equal(0);
    expect(again.pids).to.deep.equal([`analytics::${arn}`]);
  });

  it('adopts a launched task although the run can no longer be prepared', async () => {
    const { worker, clock, ecs, context, preparer } = createSubject();
    await worker.initiateRun(aFlowRun(), aConfiguration(), context);
    const [arn = ''] = [...ecs.tasks.keys()];
    preparer.prepare = () => Promise.reject(new Error('the pool was changed'));
    const again = new RememberingContext();
    again.mayHaveLaunched = true;

    const running = worker.run(aFlowRun(), aConfiguration(), again);
    await clock.advance(2_000);
    ecs.end(arn, 5);
    const result = await clock.run(running);
    const fresh: Error = await worker.run(aFlowRun({ id: 'another' }), aConfiguration(), new RememberingContext()).then(
      () => new Error('it ran'),
      (reason) => reason,
    );

    expect(result.statusCode).to.equal(5);
    expect(fresh.message).to.equal('the pool was changed');
    expect(ecs.count('runTask')).to.equal(1);
  });

  it('emits an event for every change exactly once', async () => {
    const { worker, clock, ecs, context, events } = createSubject();

    const running = worker.run(aFlowRun(), aConfiguration(), context);
    const arn = await onlyTaskArn(ecs, clock);
    ecs.step(arn, { lastStatus: 'RUNNING' });
    await clock.advance(5_000);
    ecs.end(arn, 0);
    await clock.run(running);

    expect(events.map(({ event }) => event)).to.deep.equal([
      'prefect.ecs.task.provisioning',
      'prefect.ecs.task.running',
      'prefect.ecs.task.stopped',
    ]);
    expect(new Set(events.map(({ id }) => id)).size).to.equal(3);
  });

  it('stops watching immediately on request, without touching the task', async () => {
    const { worker, clock, ecs, context } = createSubject();
    const running = worker.run(aFlowRun(), aConfiguration(), context);
    await onlyTaskArn(ecs, clock);

    context.stopped.abort(new Error('shutting down'));
    const error: Error = await clock.run(running).then(
      () => new Error('it ended'),
      (reason) => reason,
    );

    expect(error.message).to.equal('shutting down');
    expect(ecs.count('stopTask')).to.equal(0);
  });

  it('resumes a task of an earlier process', async () => {
    const { worker, clock, ecs, context } = createSubject();
    const identifier = await worker.initiateRun(aFlowRun(), aConfiguration(), context);
    const [arn = ''] = [...ecs.tasks.keys()];

    const resumed = worker.resume(identifier, aFlowRun(), aConfiguration(), new RememberingContext());
    await clock.advance(3_000);
    ecs.end(arn, 0);
    const result = await clock.run(resumed);

    expect(result.isSuccess).to.equal(true);
    expect(ecs.count('runTask')).to.equal(1);
  });

  it('finds nothing to resume if ECS does not know the task', async () => {
    const { worker, clock, context } = createSubject();
    const identifier = 'analytics::arn:aws:ecs:us-east-1:123456789012:task/analytics/gone';

    const error = await clock.run(
      worker.resume(identifier, aFlowRun(), aConfiguration(), context).catch((reason: unknown) => reason),
    );

    expect(error).to.be.instanceOf(InfrastructureNotFound);
  });

  it('reports an unknown outcome for a task that vanished while watched, not a crash', async () => {
    const { worker, clock, ecs, context } = createSubject();
    const running = worker.run(aFlowRun(), aConfiguration(), context);
    const arn = await onlyTaskArn(ecs, clock);
    await clock.advance(5_000);
    ecs.tasks.delete(arn);

    const result = await clock.run(running);

    expect(result.statusCode).to.equal(-1);
    expect(result.end).to.deep.include({ exitCode: null, userCodeRan: 'unknown', relaunchable: false });
    expect(result.end?.diagnosis?.kind).to.equal('vanished');
  });

  it('stops a task and reports that the stop was requested', async () => {
    const { worker, clock, ecs, context } = createSubject();
    const running = worker.run(aFlowRun(), aConfiguration(), context);
    const arn = await onlyTaskArn(ecs, clock);

    await worker.killInfrastructure(`analytics::${arn}`, aConfiguration());
    await clock.advance(3_000);
    ecs.end(arn, 143, { stopCode: 'UserInitiated' });
    const result = await clock.run(running);

    expect(result.statusCode).to.equal(143);
    expect(result.end?.stopRequested).to.equal(true);
  });

  it('reports that there is nothing to stop if ECS does not know the task', async () => {
    const { worker, clock } = createSubject();
    const identifier = 'analytics::arn:aws:ecs:us-east-1:123456789012:task/analytics/gone';

    const error = await clock.run(worker.killInfrastructure(identifier, aConfiguration()).catch((reason) => reason));

    expect(error).to.be.instanceOf(InfrastructureNotFound);
    expect(error.message).to.include(identifier);
  });

  it('names the cluster that does not exist', async () => {
    const { worker, ecs } = createSubject();
    ecs.script.stopTask = [awsError('ClusterNotFoundException', 'Cluster not found.')];

    const error = await worker.killInfrastructure('gone::arn:x', aConfiguration()).catch((reason) => reason);

    expect(error).to.be.instanceOf(InfrastructureNotAvailable);
    expect(error.message).to.include("'gone'");
  });

  it('refuses to stop an identifier without cluster and task', async () => {
    const { worker, ecs } = createSubject();

    for (const identifier of ['default:arn:x', '::arn:x']) {
      const error = await worker.killInfrastructure(identifier, aConfiguration()).catch((reason) => reason);
      expect(error).to.be.instanceOf(EcsIdentifierError);
      expect(error.message).to.include(identifier);
    }
    expect(ecs.count('stopTask')).to.equal(0);
  });

  it('lists the running tasks of its pool, and of no other', async () => {
    const { worker, ecs, context } = createSubject();
    await worker.initiateRun(aFlowRun(), aConfiguration(), context);
    const [arn = ''] = [...ecs.tasks.keys()];
    ecs.step(arn, {
      tags: [
        { key: 'prefect.io/work-pool-name', value: 'ecs-pool' },
        { key: 'prefect.io/work-pool-id', value: 'the-id' },
      ],
    });
    for (const [suffix, pool] of [
      ['b', 'another-pool'],
      ['c', null],
    ] as const) {
      ecs.tasks.set(`${arn}${suffix}`, {
        ...ecs.tasks.get(arn),
        taskArn: `${arn}${suffix}`,
        tags: pool ? [{ key: 'prefect.io/work-pool-name', value: pool }] : [],
      });
    }

    const listed = await worker.listInfrastructure([aConfiguration(), aConfiguration()], []);

    expect(listed).to.deep.equal([
      { infrastructurePid: `analytics::${arn}`, flowRunId: FLOW_RUN_ID, attemptId: ATTEMPT_ID, workPoolId: 'the-id' },
    ]);
  });

  it('copies the output of the container while it runs if the host collects it', async () => {
    const { worker, clock, ecs, logs, context } = createSubject({ hostCollectsOutput: true });
    const running = worker.run(aFlowRun(), aConfiguration(), context);
    const arn = await onlyTaskArn(ecs, clock);
    const stream = [{ timestamp: 1, message: 'hello' }];
    logs.streams.set(`prefect etl/prefect/${arn.split('/').at(-1)}`, stream);
    ecs.step(arn, { lastStatus: 'RUNNING', startedAt: '2026-01-01T00:00:10Z' });

    await clock.advance(6_000);
    const whileRunning = [...context.lines];
    stream.push({ timestamp: 1, message: 'again' }, { timestamp: 2, message: 'bye' });
    ecs.end(arn, 0);
    await clock.run(running);

    expect(whileRunning).to.deep.equal(['hello']);
    expect(context.lines).to.deep.equal(['hello', 'again', 'bye']);
  });

  it('reads the tail of the output once if a task fails', async () => {
    const { worker, clock, ecs, logs, context } = createSubject();
    const running = worker.run(aFlowRun(), aConfiguration(), context);
    const arn = await onlyTaskArn(ecs, clock);
    logs.streams.set(`prefect etl/prefect/${arn.split('/').at(-1)}`, [{ timestamp: 1, message: 'Traceback' }]);
    ecs.end(arn, 1);

    const result = await clock.run(running);
    const read = result.end?.logTail;

    expect(typeof read === 'function' && (await clock.run(read(context.signal)))).to.deep.equal(['Traceback']);
    expect(logs.calls).to.have.length(1);
    expect(context.lines).to.deep.equal([]);
  });

  it('reads no output of a task that succeeded', async () => {
    const { worker, clock, ecs, logs, context } = createSubject();
    const running = worker.run(aFlowRun(), aConfiguration(), context);
    ecs.end(await onlyTaskArn(ecs, clock), 0);

    await clock.run(running);

    expect(logs.calls).to.have.length(0);
    expect(ecs.count('describeTaskDefinition')).to.equal(0);
  });

  it('deregisters a definition created for one run', async () => {
    const { worker, clock, ecs, context, prepared } = createSubject();
    Object.assign(prepared, {
      request: {
        ...prepared.request,
        tags: [{ key: 'prefect.io/degregister-task-definition', value: 'true' }],
      },
    });
    const running = worker.run(aFlowRun(), aConfiguration(), context);
    const arn = await onlyTaskArn(ecs, clock);
    ecs.end(arn, 0, { tags: [] });

    await clock.run(running);

    expect(ecs.count('deregisterTaskDefinition')).to.equal(1);
  });

  it('becomes unhealthy if tasks cannot be described for a minute, and recovers', async () => {
    const { worker, clock, ecs, context } = createSubject();
    const running = worker.run(aFlowRun(), aConfiguration(), context);
    const arn = await onlyTaskArn(ecs, clock);
    ecs.script.describeTasks = Array.from({ length: 12 }, () => awsError('AccessDeniedException', 'not authorized'));

    await clock.advance(90_000);
    const blind = worker.health();
    await clock.advance(300_000);
    const seeing = worker.health();
    ecs.end(arn, 0);
    await clock.run(running);

    expect(blind.isHealthy).to.equal(false);
    expect(blind.problems[0]).to.include('AccessDeniedException');
    expect(seeing).to.deep.equal({ isHealthy: true, problems: [] });
  });

  it('stops a task that exceeds its time limit, and reports it', async () => {
    const { worker, clock, ecs, context } = createSubject({
      environment: { WORKER_HOST_ECS_RUN_LIMIT_SECONDS: '60' },
    });
    const running = worker.run(aFlowRun(), aConfiguration(), context);
    const arn = await onlyTaskArn(ecs, clock);
    ecs.step(arn, { lastStatus: 'RUNNING', startedAt: new Date(clock.nowMs()).toISOString() });
    await clock.advance(80_000);
    const stops = ecs.count('stopTask');
    ecs.end(arn, 137, { stopCode: 'UserInitiated' });

    const result = await clock.run(running);

    expect(stops).to.equal(1);
    expect(result.end?.diagnosis?.kind).to.equal('time-limit');
  });
});
