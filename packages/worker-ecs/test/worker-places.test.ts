import { InfrastructureNotAvailable, isLaunchRefused, type LaunchPlace, WorkerNotReadyError } from '@worker-host/core';
import { RecordingLogger } from '@worker-host/testing';
import { expect } from 'chai';
import { RunCredentialsRefusedError } from '../src/aws/errors/access-errors.js';
import { ECS_TOKENS } from '../src/ecs-tokens.js';
import { ClusterElsewhereError, checkCluster } from '../src/place/check-cluster.js';
import type { TaskRunPreparer } from '../src/task-run/launch-types.js';
import { FakeAccounts, keysOf } from './support/accounts.js';
import { ATTEMPT_ID, aConfiguration, aFlowRun, FLOW_RUN_ID, RememberingContext } from './support/builders.js';
import { anEcsWorker } from './support/ecs-container.js';
import { FakeClock } from './support/fake-clock.js';
import { awsError, type FakeEcs } from './support/fake-ecs.js';

const OURS = '123456789012';
const THEIRS = '999999999999';
const EXPIRED = awsError('ExpiredTokenException', 'The security token included in the request is expired');

function createSubject() {
  const clock = new FakeClock();
  const aws = new FakeAccounts(clock);
  aws.accounts.set('THEIRS', THEIRS);
  const logger = new RecordingLogger();
  // The definition belongs to the account and region of the clients, as if registered.
  const preparer: TaskRunPreparer = {
    async prepare(configuration, _flowRun, clients) {
      const { account } = await clients.sts.getCallerIdentity();
      const taskDefinition = `arn:aws:ecs:${clients.region}:${account}:task-definition/etl:1`;
      return {
        request: { taskDefinition, ...(configuration.cluster ? { cluster: configuration.cluster } : {}) },
        taskDefinition: { taskDefinitionArn: taskDefinition, containerDefinitions: [{ name: 'prefect' }] },
        containerName: 'prefect',
      };
    },
    async prewarm() {},
  };
  const aWorker = () =>
    anEcsWorker({
      clock,
      logger,
      parts: [
        [ECS_TOKENS.AwsClients, aws],
        [ECS_TOKENS.TaskRunPreparer, preparer],
      ],
    });
  return { clock, aws, logger, aWorker, worker: aWorker() };
}

type Subject = ReturnType<typeof createSubject>;

/** Launches a run and loses the identifier, as a worker does that dies. */
async function launchedBefore({ worker }: Subject, configuration = aConfiguration()) {
  const context = new RememberingContext();
  const identifier = await worker.initiateRun(aFlowRun(), configuration, context);
  const place = context.places.at(-1) as LaunchPlace;
  return { identifier, place, taskArn: identifier.split('::')[1] ?? '' };
}

function aSuccessor(launchPlace: LaunchPlace): RememberingContext {
  return Object.assign(new RememberingContext(), { mayHaveLaunched: true, launchPlace });
}

const launches = (ecs: FakeEcs): number => ecs.count('runTask');

describe('a launch whose pool has changed since', () => {
  it('is adopted in the old cluster, and not launched elsewhere', async () => {
    const subject = createSubject();
    const { clock, aws, aWorker } = subject;
    const { place, taskArn, identifier } = await launchedBefore(subject);
    const context = aSuccessor(place);

    const running = aWorker().run(aFlowRun(), aConfiguration({ cluster: 'new' }), context);
    await clock.advance(1_000);
    aws.ecsOf(OURS, 'us-east-1').end(taskArn, 0);
    const result = await clock.run(running);

    const clusterArn = `arn:aws:ecs:us-east-1:${OURS}:cluster/analytics`;
    expect(place).to.deep.equal({ account: OURS, region: 'us-east-1', clusterArn, tokenRow: 0 });
    expect(identifier).to.equal(`analytics::${taskArn}`);
    expect(context.pids).to.deep.equal([`${clusterArn}::${taskArn}`]);
    expect(result.statusCode).to.equal(0);
    expect(launches(aws.ecsOf(OURS, 'us-east-1'))).to.equal(1);
  });

  it('is adopted in the old region, which is no longer in the pool', async () => {
    const subject = createSubject();
    const { clock, aws, aWorker } = subject;
    const before = aConfiguration({ awsCredentials: keysOf('', 'eu-west-1') });
    const { place, taskArn } = await launchedBefore(subject, before);
    const context = aSuccessor(place);

    const running = aWorker().run(aFlowRun(), aConfiguration(), context);
    await clock.advance(1_000);
    aws.ecsOf(OURS, 'eu-west-1').end(taskArn, 0);

    expect((await clock.run(running)).statusCode).to.equal(0);
    expect(launches(aws.ecsOf(OURS, 'us-east-1'))).to.equal(0);
  });

  it("is adopted with the worker's own credentials if those of the pool now belong to another account", async () => {
    const subject = createSubject();
    const { clock, aws, aWorker } = subject;
    const { place, taskArn } = await launchedBefore(subject);
    const context = aSuccessor(place);

    const running = aWorker().run(aFlowRun(), aConfiguration({ awsCredentials: keysOf('THEIRS') }), context);
    await clock.advance(1_000);
    aws.ecsOf(OURS, 'us-east-1').end(taskArn, 0);

    expect((await clock.run(running)).statusCode).to.equal(0);
    expect(launches(aws.ecsOf(THEIRS, 'us-east-1'))).to.equal(0);
  });

  it('waits if no credentials of its account are available', async () => {
    const subject = createSubject();
    const { aws, aWorker } = subject;
    const before = aConfiguration({ awsCredentials: keysOf('THEIRS') });
    const { place } = await launchedBefore(subject, before);

    const error = await aWorker()
      .run(aFlowRun(), aConfiguration(), aSuccessor(place))
      .catch((reason: unknown) => reason);

    expect(error).to.be.instanceOf(InfrastructureNotAvailable);
    expect(String(error)).to.include(THEIRS).and.to.include(OURS);
    expect(launches(aws.ecsOf(OURS, 'us-east-1'))).to.equal(0);
  });

  it('is found by the ARN of its cluster if STS is unreachable', async () => {
    const subject = createSubject();
    const { clock, aws, aWorker } = subject;
    const { place, taskArn } = await launchedBefore(subject);
    aws.stsFailure = awsError('TimeoutError', 'socket hang up', { $metadata: {} });

    const found = await clock.run(
      aWorker().findInfrastructure(
        { attempt: new RememberingContext().attempt, relaunch: 0, place },
        aConfiguration({ cluster: 'new' }),
      ),
    );

    expect(found).to.equal(`arn:aws:ecs:us-east-1:${OURS}:cluster/analytics::${taskArn}`);
  });

  it('uses the region of a cluster given by ARN', async () => {
    const { aws, worker } = createSubject();
    const cluster = `arn:aws:ecs:eu-west-1:${OURS}:cluster/analytics`;

    await worker.initiateRun(aFlowRun(), aConfiguration({ cluster }), new RememberingContext());

    expect(aws.ecsOf(OURS, 'eu-west-1').tasks.size).to.equal(1);
    expect(launches(aws.ecsOf(OURS, 'us-east-1'))).to.equal(0);
  });
});

describe('a cluster given by ARN', () => {
  const refusal = async (configuration: Parameters<typeof aConfiguration>[0]) => {
    const { aws, worker } = createSubject();
    const error: unknown = await worker
      .initiateRun(aFlowRun(), aConfiguration(configuration), new RememberingContext())
      .catch((reason: unknown) => reason);
    const regions = ['us-east-1', 'eu-west-1'];
    const sent = [OURS, THEIRS].flatMap((account) => regions.map((region) => launches(aws.ecsOf(account, region))));
    return { error, launched: sent.reduce((sum, count) => sum + count) };
  };
  const clusterIn = (region: string, account = OURS) => `arn:aws:ecs:${region}:${account}:cluster/analytics`;

  it('is rejected if the credentials have another region', async () => {
    const { error, launched } = await refusal({
      cluster: clusterIn('eu-west-1'),
      awsCredentials: keysOf('', 'us-east-1'),
    });

    expect(error).to.be.instanceOf(ClusterElsewhereError);
    expect(String(error)).to.include('in region eu-west-1, but aws_credentials are for region us-east-1');
    expect(launched).to.equal(0);
  });

  it('is rejected if the credentials belong to another account, also if the request names it', async () => {
    const byRequest = { taskRunRequest: { cluster: clusterIn('us-east-1', THEIRS) } };
    for (const configuration of [{ cluster: clusterIn('us-east-1', THEIRS) }, byRequest]) {
      const { error, launched } = await refusal(configuration);

      expect(error).to.be.instanceOf(ClusterElsewhereError);
      expect(String(error)).to.include(`account ${THEIRS}`).and.to.include(`for account ${OURS}`);
      expect(launched).to.equal(0);
    }
  });

  it('is accepted if region and account match, or are unknown', async () => {
    expect(
      (await refusal({ cluster: clusterIn('eu-west-1'), awsCredentials: keysOf('', 'eu-west-1') })).launched,
    ).to.equal(1);
    const unknown = { accountOf: async () => null, learn() {} };
    const clients = await createSubject().aws.clientsFor(null);
    await checkCluster(aConfiguration({ cluster: clusterIn('us-east-1', THEIRS) }), clients, unknown);
  });
});

describe('findInfrastructure', () => {
  const launch = { attempt: new RememberingContext().attempt, relaunch: 0 };

  it('finds a task by startedBy, running or ended', async () => {
    const subject = createSubject();
    const { clock, aws, worker } = subject;
    const { identifier, place, taskArn } = await launchedBefore(subject);

    const alive = await clock.run(worker.findInfrastructure({ ...launch, place }, aConfiguration()));
    aws.ecsOf(OURS, 'us-east-1').end(taskArn, 0);
    const ended = await clock.run(worker.findInfrastructure({ ...launch, place: null }, aConfiguration()));

    expect([alive, ended]).to.deep.equal([identifier, identifier]);
  });

  it('returns null only after a minute in which a task may still appear', async () => {
    const subject = createSubject();
    const { clock, aws, worker } = subject;
    const { identifier, place, taskArn } = await launchedBefore(subject);
    const beganMs = clock.nowMs();

    const another = await clock.run(worker.findInfrastructure({ ...launch, relaunch: 1, place }, aConfiguration()));
    const tookMs = clock.nowMs() - beganMs;
    aws.ecsOf(OURS, 'us-east-1').invisible.add(taskArn);
    const finding = worker.findInfrastructure({ ...launch, place }, aConfiguration());
    await clock.advance(30_000);
    aws.ecsOf(OURS, 'us-east-1').invisible.clear();

    expect(another).to.equal(null);
    expect(tookMs).to.be.within(60_000, 65_000);
    expect(await clock.run(finding)).to.equal(identifier);
  });

  it('rejects while ECS does not respond', async () => {
    const subject = createSubject();
    const { clock, aws, worker } = subject;
    const { place } = await launchedBefore(subject);
    aws.failures.set('', awsError('ServerException', 'x', { $metadata: { httpStatusCode: 500 } }));

    const error = await clock.run(
      worker.findInfrastructure({ ...launch, place }, aConfiguration()).catch((reason: unknown) => reason),
    );

    expect(error).to.have.property('code', 'ECS_AWS_CALL_FAILED');
    expect(String(error)).to.include('ServerException');
  });
});

describe('listInfrastructure', () => {
  const tags = [{ key: 'prefect.io/work-pool-name', value: 'ecs-pool' }];

  it('lists each task once, in the clusters of the pool and in those of earlier launches', async () => {
    const subject = createSubject();
    const { aws, worker } = subject;
    const here = await launchedBefore(subject);
    const there = await launchedBefore(
      subject,
      aConfiguration({ cluster: 'old', awsCredentials: keysOf('', 'eu-west-1') }),
    );
    for (const [region, { taskArn }] of [
      ['us-east-1', here],
      ['eu-west-1', there],
    ] as const)
      aws.ecsOf(OURS, region).step(taskArn, { tags });

    const listed = await worker.listInfrastructure([aConfiguration()], [here.place, there.place, there.place]);

    expect(listed.map(({ infrastructurePid }) => infrastructurePid)).to.deep.equal([
      here.identifier,
      `arn:aws:ecs:eu-west-1:${OURS}:cluster/old::${there.taskArn}`,
    ]);
    expect(aws.ecsOf(OURS, 'us-east-1').count('listTasks')).to.equal(1);
  });

  it('omits an account without credentials, and warns once', async () => {
    const subject = createSubject();
    const { worker, logger } = subject;
    const theirs = await launchedBefore(subject, aConfiguration({ awsCredentials: keysOf('THEIRS') }));

    await worker.listInfrastructure([aConfiguration()], [theirs.place]);
    const listed = await worker.listInfrastructure([aConfiguration()], [theirs.place]);

    expect(listed).to.deep.equal([]);
    expect(logger.messages('warn')).to.have.length(1);
  });

  it('searches the cluster in the template rather than in the form', async () => {
    const subject = createSubject();
    const { aws, worker } = subject;
    const { taskArn } = await launchedBefore(subject, aConfiguration({ cluster: 'fixed' }));
    aws.ecsOf(OURS, 'us-east-1').step(taskArn, { tags });
    const configuration = aConfiguration({ cluster: null, taskRunRequest: { cluster: 'fixed' } });

    const [listed] = await worker.listInfrastructure([configuration], []);

    expect(listed).to.include({
      infrastructurePid: `fixed::${taskArn}`,
      flowRunId: FLOW_RUN_ID,
      attemptId: ATTEMPT_ID,
    });
  });
});

describe('rejected credentials', () => {
  const failureOf = async ({ clock, worker }: Subject, configuration = aConfiguration(), mayHaveLaunched = false) => {
    const context = Object.assign(new RememberingContext(), { mayHaveLaunched });
    return clock.run(worker.run(aFlowRun(), configuration, context).catch((reason: unknown) => reason));
  };

  it("are the worker's fault if they are its own or the pool's, and crash no run", async () => {
    for (const [key, credentials] of [
      ['', null],
      ['POOL', keysOf('POOL')],
    ] as const) {
      const subject = createSubject();
      const configuration = aConfiguration({ awsCredentials: credentials });
      await subject.worker.checkReady(configuration);
      subject.aws.failures.set(key, EXPIRED);

      const error = await failureOf(subject, configuration);

      expect(error).to.be.instanceOf(WorkerNotReadyError);
      expect(String(error)).to.include('ExpiredTokenException');
    }
  });

  it("are the run's fault if only the run has them", async () => {
    const subject = createSubject();
    await subject.worker.checkReady(aConfiguration());
    subject.aws.failures.set('RUN', EXPIRED);

    const error = await failureOf(subject, aConfiguration({ awsCredentials: keysOf('RUN') }));

    expect(error).to.be.instanceOf(RunCredentialsRefusedError);
  });

  it('refuse no run that may have been launched before', async () => {
    const subject = createSubject();
    await subject.worker.checkReady(aConfiguration());
    subject.aws.failures.set('RUN', EXPIRED);

    const error = await failureOf(subject, aConfiguration({ awsCredentials: keysOf('RUN') }), true);

    expect(error).to.be.instanceOf(WorkerNotReadyError);
  });

  it('are distinguished from other failed calls, which refuse no run either', async () => {
    const subject = createSubject();
    const { place } = await launchedBefore(subject);
    await subject.clock.advance(3 * 3_600_000);
    subject.aws.failures.set('', awsError('AccessDeniedException', 'not authorized to perform: ecs:ListTasks'));

    const error = await subject.clock.run(
      subject
        .aWorker()
        .run(aFlowRun(), aConfiguration(), aSuccessor(place))
        .catch((reason: unknown) => reason),
    );

    expect(error).to.have.property('code', 'ECS_AWS_CALL_FAILED');
    expect(isLaunchRefused(error)).to.equal(false);
  });

  it('make the worker check again, which detects when they are valid again', async () => {
    const subject = createSubject();
    const { worker, aws } = subject;
    await worker.checkReady(aConfiguration());
    aws.failures.set('', EXPIRED);
    await failureOf(subject);

    const refused = await worker.checkReady(aConfiguration()).catch((reason: unknown) => reason);
    aws.failures.clear();

    expect(refused).to.be.instanceOf(WorkerNotReadyError);
    await worker.checkReady(aConfiguration());
  });
});
