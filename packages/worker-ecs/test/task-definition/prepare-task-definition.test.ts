import { expect } from 'chai';
import type { EcsLaunchData } from '../../src/ecs-launch-configuration.js';
import { prepareTaskDefinition } from '../../src/task-definition/prepare-task-definition.js';

function prefixOf(given: Partial<EcsLaunchData>, owner = 'pool_id'): unknown {
  const configuration = {
    taskDefinition: { containerDefinitions: [{ name: 'prefect', image: 'i' }] },
    taskRunRequest: {},
    env: {},
    configureCloudwatchLogs: true,
    cloudwatchLogsOptions: {},
    ...given,
  } as unknown as EcsLaunchData;
  const surroundings = { region: 'us-east-1', owner, defaultImage: 'image' };
  const { containerDefinitions } = prepareTaskDefinition(configuration, surroundings);
  const [container] = containerDefinitions as { logConfiguration: { options: Record<string, unknown> } }[];
  return container?.logConfiguration.options['awslogs-stream-prefix'];
}

describe('prepareTaskDefinition', () => {
  it('removes from a stream prefix what CloudWatch Logs rejects, wherever it was set', () => {
    expect(prefixOf({}, 'team:etl*_id')).to.equal('prefect-logs_team-etl-_id');
    expect(prefixOf({ cloudwatchLogsPrefix: 'a:b/c' })).to.equal('a-b/c');
    expect(prefixOf({ cloudwatchLogsOptions: { 'awslogs-stream-prefix': 'x*y' } })).to.equal('x-y');
  });

  it('leaves space for the container and the task in the name of a stream', () => {
    const stream = `${String(prefixOf({ cloudwatchLogsPrefix: 'p'.repeat(600) }))}/${'c'.repeat(255)}/${'0'.repeat(32)}`;
    expect(stream).to.have.length(512);
  });
});
