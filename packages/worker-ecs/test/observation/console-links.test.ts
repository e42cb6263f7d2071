import { expect } from 'chai';
import { consoleLinks, linksOfTask } from '../../src/observation/console-links.js';

const ID = '0b7e7c525a0e4ad59f2c5f7a0c1d9e11';
const LOGS = { group: '/ecs/prefect', stream: `nightly/job/${ID}`, region: null };

describe('consoleLinks', () => {
  it('lead to the task, its cluster and its log stream', () => {
    expect(consoleLinks(`arn:aws:ecs:eu-central-1:123456789012:task/batch/${ID}`, LOGS)).to.deep.equal({
      task: `https://eu-central-1.console.aws.amazon.com/ecs/v2/clusters/batch/tasks/${ID}/configuration?region=eu-central-1`,
      cluster: 'https://eu-central-1.console.aws.amazon.com/ecs/v2/clusters/batch/services?region=eu-central-1',
      logs: `https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:log-groups/log-group/$252Fecs$252Fprefect/log-events/nightly$252Fjob$252F${ID}`,
    });
  });

  for (const [partition, region, domain] of [
    ['aws-cn', 'cn-north-1', 'console.amazonaws.cn'],
    ['aws-us-gov', 'us-gov-west-1', 'console.amazonaws-us-gov.com'],
  ])
    it(`lead to the console of ${partition}`, () => {
      const { task, logs } = consoleLinks(`arn:${partition}:ecs:${region}:123456789012:task/batch/${ID}`, LOGS);

      expect(new URL(task ?? '').host).to.equal(`${region}.${domain}`);
      expect(new URL(logs ?? '').host).to.equal(`${region}.${domain}`);
    });

  it('use the region of the logs if it differs', () => {
    const links = consoleLinks(`arn:aws:ecs:eu-west-1:123456789012:task/b/${ID}`, { ...LOGS, region: 'us-east-1' });

    expect(links.logs).to.match(/^https:\/\/us-east-1\.console\.aws\.amazon\.com\/cloudwatch\/home\?region=us-east-1#/);
  });

  it('are omitted without a public console, a cluster in the ARN, or known output', () => {
    expect(consoleLinks(`arn:aws-iso:ecs:us-iso-east-1:123456789012:task/b/${ID}`, LOGS)).to.deep.equal({});
    expect(consoleLinks('no ARN', LOGS)).to.deep.equal({});
    expect(consoleLinks(`arn:aws:ecs:eu-west-1:123456789012:task/${ID}`, LOGS)).to.have.all.keys('logs');
    expect(consoleLinks(`arn:aws:ecs:eu-west-1:123456789012:task/b/${ID}`, null)).to.have.all.keys('task', 'cluster');
  });

  it('of a task exist only for AWS itself, and take the output from its definition', () => {
    const options = { 'awslogs-group': 'g', 'awslogs-stream-prefix': 'p', 'awslogs-region': 'eu-west-2' };
    const logConfiguration = { logDriver: 'awslogs', options };
    const definition = { containerDefinitions: [{ name: 'job', logConfiguration }] } as never;
    const arn = `arn:aws:ecs:eu-west-1:123456789012:task/b/${ID}`;

    const { logs } = linksOfTask(arn, definition, 'job', {});

    expect(logs).to.match(/region=eu-west-2#logsV2:log-groups\/log-group\/g\/log-events\/p\$252Fjob\$252F0b7e/);
    expect(linksOfTask(arn, null, 'job', {})).to.have.all.keys('task', 'cluster');
    for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_ECS'])
      expect(linksOfTask(arn, definition, 'job', { [name]: 'http://127.0.0.1:4566' })).to.deep.equal({});
  });
});
