import { expect } from 'chai';
import { logLocation, outputElsewhere } from '../../../src/observation/logs/log-location.js';

const TASK_ARN = 'arn:aws:ecs:us-east-1:123456789012:task/analytics/0123';
const OPTIONS = { 'awslogs-group': 'prefect', 'awslogs-stream-prefix': 'etl', 'awslogs-region': 'eu-west-1' };

function aContainer(name?: string, options: Record<string, string> = OPTIONS, logDriver = 'awslogs') {
  return { ...(name === undefined ? {} : { name }), logConfiguration: { logDriver, options } };
}

describe('logLocation', () => {
  it('uses the given container', () => {
    const containerDefinitions = [aContainer('prefect'), aContainer('main', { ...OPTIONS, 'awslogs-group': 'own' })];
    const location = logLocation({ containerDefinitions }, 'main', TASK_ARN);
    expect(location).to.deep.equal({ group: 'own', stream: 'etl/main/0123', region: 'eu-west-1' });
  });

  for (const [what, names, stream] of [
    ['the container called prefect', ['side', 'prefect'], 'etl/prefect/0123'],
    ['else the only one', ['main'], 'etl/main/0123'],
    ['else the only one, which is prefect where it has no name', [undefined], 'etl/prefect/0123'],
  ] as const) {
    it(`uses by default ${what}`, () => {
      const containerDefinitions = names.map((name) => aContainer(name));
      expect(logLocation({ containerDefinitions }, null, TASK_ARN)?.stream).to.equal(stream);
    });
  }

  for (const [what, containerName, containers] of [
    ['of several none is called prefect', null, [aContainer('a'), aContainer('b')]],
    ['the container asked for is not there', 'gone', [aContainer('main')]],
    ['there are no containers', null, []],
    ['it has no log configuration', null, [{ name: 'prefect' }]],
    [
      'the options are no object',
      null,
      [{ name: 'prefect', logConfiguration: { logDriver: 'awslogs', options: 'x' } }],
    ],
    ['the options are missing', null, [{ name: 'prefect', logConfiguration: { logDriver: 'awslogs' } }]],
    ['the driver is another', null, [aContainer('prefect', OPTIONS, 'splunk')]],
    ['no group is given', null, [aContainer('prefect', { 'awslogs-stream-prefix': 'etl' })]],
    ['no prefix is given', null, [aContainer('prefect', { 'awslogs-group': 'prefect', 'awslogs-stream-prefix': '' })]],
  ] as const) {
    it(`finds none if ${what}`, () => {
      expect(logLocation({ containerDefinitions: [...containers] }, containerName, TASK_ARN)).to.equal(null);
    });
  }

  it('finds none in a definition without a list of containers', () => {
    expect(logLocation({}, null, TASK_ARN)).to.equal(null);
    expect(logLocation({ containerDefinitions: 'x' }, null, TASK_ARN)).to.equal(null);
  });

  it('skips entries that are not containers', () => {
    const containerDefinitions = [null, aContainer('main')];
    expect(logLocation({ containerDefinitions }, null, TASK_ARN)?.stream).to.equal('etl/main/0123');
  });

  it('has no region if the options set none', () => {
    const containerDefinitions = [aContainer('main', { 'awslogs-group': 'own', 'awslogs-stream-prefix': 'etl' })];
    expect(logLocation({ containerDefinitions }, null, TASK_ARN)?.region).to.equal(null);
  });
});

describe('outputElsewhere', () => {
  const of = (logConfiguration: object | null) =>
    outputElsewhere(
      { containerDefinitions: [{ name: 'main', ...(logConfiguration && { logConfiguration }) }] } as never,
      'main',
    );

  it('names the driver, and the target of FireLens', () => {
    expect(of({ logDriver: 'splunk', options: { 'splunk-token': 'secret' } })).to.equal(
      'goes to the log driver splunk',
    );
    expect(of({ logDriver: 'awsfirelens', options: { Name: 'datadog', apikey: 'secret' } })).to.equal(
      'goes to FireLens, output datadog',
    );
    expect(of({ logDriver: 'awsfirelens' })).to.equal('goes to FireLens');
    expect(of({ logDriver: 'awslogs', options: {} })).to.include('awslogs-stream-prefix');
  });

  it('reports a missing driver', () => {
    expect(of(null)).to.equal('goes nowhere: it has no log driver');
    expect(outputElsewhere({}, 'main')).to.equal('goes nowhere: it has no log driver');
  });
});
