import { expect } from 'chai';
import { unknownVariables } from '../../src/configuration/unknown-variables.js';

const OF_PLUGINS = [
  'WORKER_HOST_ECS_LOG_GROUP',
  'PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_ENABLED',
  'PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME',
  'PREFECT_INTEGRATIONS_AWS_ECS_WORKER_CREATE_TASK_RUN_MAX_ATTEMPTS',
];

describe('unknownVariables', () => {
  const unknown = (ofPlugins: readonly string[] | null, ...names: readonly string[]) =>
    unknownVariables(Object.fromEntries(names.map((name) => [name, 'x'])), ofPlugins);

  it('finds those with our prefix, with the setting that was meant', () => {
    expect(unknown(OF_PLUGINS, 'WORKER_HOST_POOLL', 'WORKER_HOST_ECS_LOG_GRUOP', 'WORKER_HOST_POOL')).to.deep.equal([
      { name: 'WORKER_HOST_ECS_LOG_GRUOP', nearest: 'WORKER_HOST_ECS_LOG_GROUP' },
      { name: 'WORKER_HOST_POOLL', nearest: 'WORKER_HOST_POOL' },
    ]);
    expect(unknown(OF_PLUGINS, 'WORKER_HOST_NOTHING_OF_THE_KIND')).to.deep.equal([
      { name: 'WORKER_HOST_NOTHING_OF_THE_KIND', nearest: null },
    ]);
  });

  it('finds what is nearly a setting that a plugin shares with another program', () => {
    const name = 'PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAMES';

    expect(unknown(OF_PLUGINS, name, 'PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_ENABLED')).to.deep.equal([
      { name, nearest: 'PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME' },
    ]);
  });

  it('leaves settings of other programs alone', () => {
    const others = ['PREFECT_API_URL', 'PREFECT_INTEGRATIONS_AWS_S3_BUCKET', 'PREFECT_INTEGRATIONS_AWS_ECS_X', 'HOME'];

    expect(unknown(OF_PLUGINS, ...others)).to.deep.equal([]);
    expect(unknown(['ALONE_IN_ITS_FAMILY'], 'ALONE_IN_ITS_FAMILI')).to.deep.equal([]);
    expect(unknown(['ONE_SETTING', 'OTHER_SETTING'], 'ONE_SETTIN')).to.deep.equal([]);
  });

  it('finds only what is nearly our own where the plugins are not known', () => {
    expect(unknown(null, 'WORKER_HOST_ECS_LOG_GROUP', 'WORKER_HOST_LIMTI').map(({ name }) => name)).to.deep.equal([
      'WORKER_HOST_LIMTI',
    ]);
  });
});
