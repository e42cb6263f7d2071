import { expect } from 'chai';
import { describeEcsSettings, EcsSettingsError, readEcsSettings } from '../src/ecs-settings.js';

describe('readEcsSettings', () => {
  it("has the defaults of Prefect's worker, and retries transient errors", () => {
    const settings = readEcsSettings({});

    expect(settings.registration).to.deep.equal({ maxAttempts: 3, initialDelaySeconds: 1, maxDelaySeconds: 10 });
    expect(settings).to.include({
      pythonVersion: '3.11',
      launchMaxAttempts: 3,
      launchMinDelaySeconds: 1,
      launchMaxJitterSeconds: 3,
      observerEnabled: true,
      isQueueNamed: false,
      forwardsCrashedRunLogs: true,
      crashedRunLogLines: 500,
      capacityWaitSeconds: 1800,
      onDemandFromRelaunch: null,
      fallbackLogGroup: null,
      runLimitSeconds: 0,
    });
  });

  it('reports every problem of the environment at once', () => {
    const environment = {
      PREFECT_INTEGRATIONS_AWS_ECS_WORKER_CREATE_TASK_RUN_MAX_ATTEMPTS: '0',
      PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_FORWARD_CRASHED_RUN_LOGS_MAX_EVENTS: '10001',
      PREFECT_INTEGRATIONS_AWS_ECS_WORKER_REGISTER_TASK_DEFINITION_MAX_ATTEMPTS: 'many',
      WORKER_HOST_ECS_STREAM_OUTPUT: 'perhaps',
      WORKER_HOST_ECS_RUN_LIMIT_SECONDS: '-1',
    };

    expect(() => readEcsSettings(environment))
      .to.throw(EcsSettingsError)
      .with.property('details')
      .with.property('problems')
      .with.length(5);
  });

  it('accepts the nearest valid values', () => {
    const settings = readEcsSettings({
      PREFECT_INTEGRATIONS_AWS_ECS_WORKER_CREATE_TASK_RUN_MAX_ATTEMPTS: '1',
      PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_FORWARD_CRASHED_RUN_LOGS_MAX_EVENTS: '10000',
      PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_ENABLED: 'off',
      WORKER_HOST_ECS_STREAM_OUTPUT: 'YES',
      WORKER_HOST_ECS_RUN_LIMIT_SECONDS: '0.5',
    });

    expect(settings).to.include({
      launchMaxAttempts: 1,
      crashedRunLogLines: 10_000,
      observerEnabled: false,
      streamsOutput: true,
      runLimitSeconds: 0.5,
    });
  });

  it('reads output from a local AWS by default, and from no other log group', () => {
    const local = readEcsSettings({ AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' });
    const elsewhere = readEcsSettings({ AWS_ENDPOINT_URL: 'https://aws.example' });
    const told = readEcsSettings({ WORKER_HOST_ECS_LOG_GROUP: 'g', WORKER_HOST_ECS_LOG_STREAM_PREFIX: 'p' });

    expect(local).to.include({
      fallbackLogGroup: '/local-aws/ecs',
      fallbackLogStreamPrefix: 'local',
      logSettleSeconds: 0,
    });
    expect(elsewhere).to.include({ fallbackLogGroup: null, logSettleSeconds: 3 });
    expect(told).to.include({ fallbackLogGroup: 'g', fallbackLogStreamPrefix: 'p' });
  });

  it('parses a queue by name, ARN or URL, in the configured region or its own', () => {
    const name = 'PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME';
    const region = 'PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_REGION';
    const unnamed = { url: null, name: 'prefect-ecs-tasks-events', account: null, region: null };
    expect(readEcsSettings({}).queue).to.deep.equal(unnamed);
    expect(readEcsSettings({ [name]: 'q', [region]: 'eu-west-1' }).queue).to.include({
      name: 'q',
      region: 'eu-west-1',
    });
    const arn = 'arn:aws:sqs:eu-west-1:210987654321:q';
    expect(readEcsSettings({ [name]: arn }).queue).to.include({ account: '210987654321', region: 'eu-west-1' });
    expect(() => readEcsSettings({ [name]: arn, [region]: 'us-east-1' })).to.throw('names a queue in eu-west-1');
    expect(() => readEcsSettings({ [name]: 'a b' })).to.throw('the name, the URL or the ARN of an SQS queue');
  });
});

describe('describeEcsSettings', () => {
  it('lists configured values, valid or not, and the defaults', () => {
    const described = describeEcsSettings({
      WORKER_HOST_ECS_PYTHON_VERSION: ' 3.12 ',
      WORKER_HOST_ECS_STREAM_OUTPUT: 'perhaps',
      WORKER_HOST_ECS_RUN_LIMIT_SECONDS: '',
    });
    const of = (name: string) => described.find((each) => each.name === name);

    expect(of('WORKER_HOST_ECS_PYTHON_VERSION')).to.include({ value: '3.12', default: '3.11' });
    expect(of('WORKER_HOST_ECS_STREAM_OUTPUT')).to.include({ value: 'perhaps', default: 'false' });
    expect(of('WORKER_HOST_ECS_RUN_LIMIT_SECONDS')).to.include({ value: null, default: '0' });
    expect(of('WORKER_HOST_ECS_ON_DEMAND_FROM_RELAUNCH')).to.include({ value: null, default: '' });
    expect(of('PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME')).to.include({
      value: null,
      default: 'prefect-ecs-tasks-events',
    });
    expect(new Set(described.map(({ name }) => name)).size).to.equal(described.length);
  });
});
