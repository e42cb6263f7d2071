import { randomUUID } from 'node:crypto';
import {
  buildBaseJobTemplate,
  type FlowRun,
  type JsonObject,
  type RunProgress,
  SecretRegistry,
  silentEventSink,
  silentLogger,
  silentMeter,
  systemClock,
  TOKENS,
} from '@worker-host/core';
import { type LocalAws, startLocalAws } from '@worker-host/testing/local-aws';
import { expect } from 'chai';
import { container } from 'tsyringe';
import { ECSJobConfiguration } from '../src/configuration/ecs-job-configuration.js';
import { plugin } from '../src/plugin.js';
import type { ECSWorker } from '../src/worker.js';

const NO_REFERENCES = {
  readBlockDocumentById: async () => null,
  readBlockDocument: async () => null,
  readVariable: async () => null,
};

function aRun(): FlowRun {
  const id = randomUUID();
  return { id, name: `run ${id.slice(0, 4)}`, flowId: 'flow', deploymentId: 'deployment', json: {} } as FlowRun;
}

describe('the ECS plugin on a local AWS', function () {
  this.timeout(30_000);
  let aws: LocalAws;
  let worker: ECSWorker;

  beforeEach(async () => {
    aws = await startLocalAws();
    worker = createWorker();
  });

  afterEach(async () => {
    await worker.teardown();
    await aws.close();
  });

  function createWorker(environment: Record<string, string> = {}): ECSWorker {
    const child = container.createChildContainer();
    child.register(TOKENS.Logger, { useValue: silentLogger });
    child.register(TOKENS.Clock, { useValue: systemClock });
    child.register(TOKENS.Meter, { useValue: silentMeter });
    child.register(TOKENS.Secrets, { useValue: new SecretRegistry() });
    child.register(TOKENS.Events, { useValue: silentEventSink });
    child.register(TOKENS.WorkerOptions, {
      useValue: {
        workerType: 'ecs',
        workerName: 'worker-1',
        workPoolName: 'ecs-pool',
        environment: { ...aws.environment, PATH: process.env.PATH, ...environment },
        hostCollectsOutput: true,
      },
    });
    plugin.register(child);
    return child.resolve(TOKENS.Worker) as ECSWorker;
  }

  async function aConfiguration(flowRun: FlowRun, variables: JsonObject): Promise<ECSJobConfiguration> {
    const credentials = {
      aws_access_key_id: 'AKIAEXAMPLE',
      aws_secret_access_key: 'secret',
      region_name: aws.region,
      aws_client_parameters: { endpoint_url: aws.url },
    };
    const configuration = await ECSJobConfiguration.fromTemplateAndValues(
      buildBaseJobTemplate(plugin),
      { aws_credentials: credentials, ...variables },
      { references: NO_REFERENCES, environment: {}, secrets: new SecretRegistry() },
    );
    configuration.prepareForFlowRun({
      flowRun,
      deployment: null,
      flow: null,
      workPool: { id: 'pool', name: 'ecs-pool' },
      worker: { id: null, name: 'worker-1' },
      environment: {},
      workerEnvironment: {},
      prefectVersion: '3.8.8',
      defaultCommand: null,
    });
    return configuration;
  }

  function aContext(flowRun: FlowRun, attemptId = '1') {
    const lines: string[] = [];
    const pids: string[] = [];
    const phases: RunProgress[] = [];
    const cancel = new AbortController();
    return {
      lines,
      pids,
      phases,
      cancel,
      attempt: { flowRunId: flowRun.id, id: attemptId, startedAtMs: Date.now() },
      relaunch: 0,
      mayHaveLaunched: false,
      launchPlace: null,
      outputCursor: null,
      reported: Promise.resolve(),
      launching: async () => {},
      assertOwned: () => {},
      signal: new AbortController().signal,
      cancelled: cancel.signal,
      logger: silentLogger,
      started: async (pid: string) => void pids.push(pid),
      progress: (progress: RunProgress) => void phases.push(progress),
      output: (more: readonly { readonly message: string }[]) => void lines.push(...more.map(({ message }) => message)),
    };
  }

  it('runs a command with the default template and shows its output', async () => {
    const flowRun = aRun();
    const context = aContext(flowRun);

    const result = await worker.run(flowRun, await aConfiguration(flowRun, { command: "sh -c 'echo hello'" }), context);

    expect(result.statusCode).to.equal(0);
    expect(context.lines).to.deep.equal(['hello']);
    expect(context.pids).to.deep.equal([result.identifier]);
  });

  it('makes one AWS call to launch another run of the same deployment', async () => {
    const first = aRun();
    await worker.run(first, await aConfiguration(first, { command: 'true' }), aContext(first));
    aws.clearCalls();
    const before = aws.callCounts();
    const second = aRun();

    await worker.run(second, await aConfiguration(second, { command: 'true' }), aContext(second));

    const made = Object.entries(aws.callCounts())
      .map(([operation, { total }]) => [operation, total - (before[operation]?.total ?? 0)] as const)
      .filter(([operation, total]) => total > 0 && !/DescribeTasks|FilterLogEvents/.test(operation));
    expect(made).to.deep.equal([['ecs:RunTask', 1]]);
  });

  it('has one task if the response to the launch is lost', async () => {
    aws.faults.add({ type: 'lost-answer', operation: 'RunTask' });
    const flowRun = aRun();
    const configuration = await aConfiguration(flowRun, { command: 'true' });

    const result = await worker.run(flowRun, configuration, aContext(flowRun));

    expect(result.statusCode).to.equal(0);
    expect(aws.ecs.tasks()).to.have.length(1);
  });

  it('resumes in another worker what the first one launched, with one task in all', async () => {
    const flowRun = aRun();
    const configuration = await aConfiguration(flowRun, { command: "sh -c 'sleep 1; exit 4'" });
    await worker.initiateRun(flowRun, configuration, aContext(flowRun));
    const other = createWorker();

    const result = await other.run(flowRun, configuration, { ...aContext(flowRun), mayHaveLaunched: true });
    await other.teardown();

    expect(result.statusCode).to.equal(4);
    expect(aws.ecs.tasks()).to.have.length(1);
  });

  it('stops a run', async () => {
    const flowRun = aRun();
    const configuration = await aConfiguration(flowRun, { command: 'sleep 60' });
    const context = aContext(flowRun);
    const running = worker.run(flowRun, configuration, context);
    while (!context.phases.some(({ phase }) => phase === 'running')) await systemClock.sleep(20);

    const [listed] = await worker.listInfrastructure([configuration], []);
    await worker.killInfrastructure(listed?.infrastructurePid ?? '', configuration);
    const result = await running;

    expect(listed?.flowRunId).to.equal(flowRun.id);
    expect(result.end?.stopRequested).to.equal(true);
    expect(result.statusCode).to.equal(143);
  });

  it('detects ends by events if there is a queue', async () => {
    aws.connectEventsToQueue('ends');
    const seeing = createWorker({ PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME: 'ends' });
    const flowRun = aRun();

    const result = await seeing.run(flowRun, await aConfiguration(flowRun, { command: 'sleep 1' }), aContext(flowRun));
    const health = seeing.health();
    await seeing.teardown();

    expect(result.statusCode).to.equal(0);
    expect(aws.callCounts()['sqs:DeleteMessageBatch']?.ok).to.be.greaterThan(0);
    expect(health.isHealthy).to.equal(true);
  });

  it('reports for a task that could not pull its image whether it can be relaunched, and why', async () => {
    aws.faults.add({ type: 'image-pull-failure' });
    const flowRun = aRun();

    const result = await worker.run(flowRun, await aConfiguration(flowRun, { command: 'true' }), aContext(flowRun));

    expect(result.statusCode).to.equal(-1);
    expect(result.end).to.include({ userCodeRan: 'no', exitCode: null });
    expect(result.end?.diagnosis?.kind).to.equal('image');
  });
});
