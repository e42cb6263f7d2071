import { expect } from 'chai';
import { LogLocator } from '../../../src/observation/logs/log-locator.js';
import { FakeEcs } from '../../support/fake-ecs.js';

const TASK_ARN = 'arn:aws:ecs:us-east-1:123456789012:task/analytics/0123';
const DEFINITION_ARN = 'arn:aws:ecs:us-east-1:123456789012:task-definition/etl:1';
const OPTIONS = { 'awslogs-group': 'own', 'awslogs-stream-prefix': 'etl', 'awslogs-region': 'eu-west-1' };
const LOGGED = {
  containerDefinitions: [{ name: 'main', logConfiguration: { logDriver: 'awslogs', options: OPTIONS } }],
};
const UNLOGGED = { containerDefinitions: [{ name: 'main' }] };
const OWN = { group: 'own', stream: 'etl/main/0123', region: 'eu-west-1' };

function createSubject(fallbackLogGroup: string | null = null, fallbackLogStreamPrefix: string | null = null) {
  const ecs = new FakeEcs();
  const locator = new LogLocator({ fallbackLogGroup, fallbackLogStreamPrefix });
  const locate = (task: Partial<Parameters<LogLocator['locate']>[0]>) =>
    locator.locate({
      clients: { ecs },
      taskArn: TASK_ARN,
      containerName: 'main',
      definition: null,
      taskDefinitionArn: DEFINITION_ARN,
      signal: new AbortController().signal,
      ...task,
    });
  return { ecs, locate };
}

describe('LogLocator', () => {
  it('reads the location from a given definition, without a call', async () => {
    const { ecs, locate } = createSubject();

    expect(await locate({ definition: LOGGED })).to.deep.equal(OWN);
    expect(ecs.calls).to.deep.equal([]);
  });

  it('describes an unknown definition once', async () => {
    const { ecs, locate } = createSubject();
    ecs.definitions.set(DEFINITION_ARN, LOGGED);

    expect(await locate({})).to.deep.equal(OWN);
    expect(await locate({ taskArn: TASK_ARN.replace('0123', '4567') })).to.deep.equal({
      ...OWN,
      stream: 'etl/main/4567',
    });
    expect(ecs.calls).to.deep.equal([
      { operation: 'describeTaskDefinition', input: { taskDefinition: DEFINITION_ARN } },
    ]);
  });

  it('uses group and prefix of the settings if the definition sets none', async () => {
    const fallback = createSubject('shared', 'runs');

    expect(await fallback.locate({ definition: UNLOGGED })).to.deep.equal({
      group: 'shared',
      stream: 'runs/main/0123',
      region: null,
    });
    expect(await fallback.locate({ definition: UNLOGGED, containerName: null })).to.have.property(
      'stream',
      'runs/prefect/0123',
    );
    expect(await fallback.locate({ definition: LOGGED })).to.deep.equal(OWN);
  });

  it('uses the settings for a task with an unknown definition', async () => {
    const { ecs, locate } = createSubject('shared', 'runs');

    expect(await locate({ taskDefinitionArn: null })).to.have.property('group', 'shared');
    expect(ecs.calls).to.deep.equal([]);
  });

  it('finds nothing if the settings lack group or prefix', async () => {
    for (const [group, prefix] of [
      [null, null],
      ['shared', null],
      [null, 'runs'],
    ] as const) {
      expect(await createSubject(group, prefix).locate({ definition: UNLOGGED })).to.deep.equal({
        elsewhere: 'goes nowhere: it has no log driver',
      });
    }
  });
});
