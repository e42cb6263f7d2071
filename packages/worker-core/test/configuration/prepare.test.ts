import { expect } from 'chai';
import fc from 'fast-check';
import { BaseJobConfiguration } from '../../src/configuration/base-job-configuration.js';
import { preparedEnvironment, pythonIsoTime } from '../../src/configuration/prepare.js';
import type { PrepareContext } from '../../src/configuration/prepare-context.js';
import type { FlowRun } from '../../src/orchestration/model.js';

const FLOW_RUN: FlowRun = {
  id: 'run-1',
  name: 'vivid-otter',
  flowId: 'flow-1',
  deploymentId: 'deployment-1',
  workPoolName: 'pool',
  workQueueName: null,
  state: null,
  stateType: 'SCHEDULED',
  stateName: 'Scheduled',
  parameters: {},
  tags: [],
  jobVariables: {},
  labels: {},
  infrastructurePid: null,
  startTime: null,
  expectedStartTime: null,
  nextScheduledStartTime: null,
  runCount: 2,
  json: { name: 'vivid-otter', run_count: 2, auto_scheduled: true, state_name: null },
};

function aContext(over: Partial<PrepareContext> = {}): PrepareContext {
  return {
    flowRun: FLOW_RUN,
    deployment: {
      id: 'deployment-1',
      name: 'nightly',
      flowId: 'flow-1',
      updated: '2026-03-04T05:06:07.123456Z',
      jobVariables: {},
      tags: [],
      json: {},
    },
    flow: { id: 'flow-1', name: 'etl', tags: [], json: { name: 'etl' } },
    workPool: { id: 'pool-1', name: 'pool' },
    worker: { id: 'worker-id', name: 'worker-1' },
    environment: { PREFECT_API_URL: 'forwarded' },
    workerEnvironment: { SITE: 'north' },
    prefectVersion: '3.8.8',
    defaultCommand: 'prefect flow-run execute',
    ...over,
  };
}

function prepared(over: Partial<BaseJobConfiguration> = {}, context = aContext()): BaseJobConfiguration {
  const configuration = Object.assign(new BaseJobConfiguration(), over);
  configuration.prepareForFlowRun(context);
  return configuration;
}

describe('prepareForFlowRun', () => {
  it('layers the environment: forwarded, run, attribution, own; null removes a variable', () => {
    expect(prepared({ env: { OWN: '1', PREFECT__FLOW_NAME: null, PREFECT_API_URL: 'own' } }).env).to.deep.equal({
      PREFECT_API_URL: 'own',
      PREFECT__FLOW_RUN_ID: 'run-1',
      PREFECT__WORKER_ID: 'worker-id',
      PREFECT__WORKER_NAME: 'worker-1',
      PREFECT__FLOW_ID: 'flow-1',
      PREFECT__DEPLOYMENT_ID: 'deployment-1',
      PREFECT__DEPLOYMENT_NAME: 'nightly',
      OWN: '1',
    });
  });

  it('sets only known attribution; takes the id of an unreadable deployment from its run', () => {
    const context = aContext({
      deployment: null,
      flow: null,
      workPool: null,
      worker: { id: null, name: 'w' },
      environment: {},
    });
    const { env, labels } = prepared({}, context);
    expect(env).to.deep.equal({
      PREFECT__FLOW_RUN_ID: 'run-1',
      PREFECT__WORKER_NAME: 'w',
      PREFECT__FLOW_ID: 'flow-1',
      PREFECT__DEPLOYMENT_ID: 'deployment-1',
    });
    expect(labels).to.deep.equal({
      'prefect.io/flow-run-id': 'run-1',
      'prefect.io/flow-run-name': 'vivid-otter',
      'prefect.io/version': '3.8.8',
      'prefect.io/worker-name': 'w',
    });
  });

  it('labels the infrastructure with all that the run belongs to; own labels win', () => {
    expect(prepared({ labels: { team: 'data', 'prefect.io/flow-name': 'mine' } }).labels).to.deep.equal({
      'prefect.io/flow-run-id': 'run-1',
      'prefect.io/flow-run-name': 'vivid-otter',
      'prefect.io/version': '3.8.8',
      'prefect.io/work-pool-name': 'pool',
      'prefect.io/work-pool-id': 'pool-1',
      'prefect.io/worker-name': 'worker-1',
      'prefect.io/flow-id': 'flow-1',
      'prefect.io/flow-name': 'mine',
      'prefect.io/deployment-id': 'deployment-1',
      'prefect.io/deployment-name': 'nightly',
      'prefect.io/deployment-updated': '2026-03-04T05:06:07.123456+00:00',
      team: 'data',
    });
  });

  for (const [name, expected] of [
    [null, 'vivid-otter'],
    ['', 'vivid-otter'],
    ['fixed', 'fixed'],
    ['{{ ctx.flow.name }}/{{ ctx.flow_run.name }}', 'etl/vivid-otter'],
    ['{{ ctx.flow_run.run_count }}/{{ ctx.flow_run.auto_scheduled }}/{{ ctx.flow_run.state_name }}', '2/True/None'],
    ['{{ ctx.flow_run.gone }}', '{{ ctx.flow_run.gone }}'],
    ['x{{ ctx.flow_run.gone }}', 'x'],
    [' {{ ctx.flow_run.gone }}'.trimStart().repeat(2), 'vivid-otter'],
    ['{{ $SITE }}-{{ ctx.flow.name }}', 'north-etl'],
    ['{{ ctx.flow_run.run_count }}', 2],
    ['{{ ctx.flow_run.state_name }}', 'vivid-otter'],
  ] as const) {
    it(`renders the name ${JSON.stringify(name)} to ${expected}`, () => {
      expect(prepared({ name }).name).to.equal(expected);
    });
  }

  it('uses the names of flow and deployment that the run contains', () => {
    const { env } = prepared({}, aContext({ flowRun: { ...FLOW_RUN, flowId: 'f', deploymentId: 'd' } }));

    expect(env).to.include({ PREFECT__FLOW_ID: 'f', PREFECT__DEPLOYMENT_ID: 'd' });
  });

  it('uses the default command if none is configured', () => {
    expect(prepared().command).to.equal('prefect flow-run execute');
    expect(prepared({ command: 'mine' }).command).to.equal('mine');
    expect(prepared({}, aContext({ defaultCommand: null })).command).to.equal(null);
  });

  it('applies the configured environment last, and never sets a null', () => {
    const own = fc.dictionary(
      fc.constantFrom('A', 'B', 'PREFECT_API_URL', 'PREFECT__FLOW_ID'),
      fc.option(fc.string()),
      {
        noNullPrototype: true,
      },
    );
    fc.assert(
      fc.property(own, (env) => {
        const result = preparedEnvironment(env, aContext());
        for (const [name, value] of Object.entries(env)) expect(result[name] ?? null).to.equal(value);
        expect(Object.values(result).every((value) => typeof value === 'string')).to.equal(true);
        expect(result.PREFECT__FLOW_RUN_ID).to.equal('run-1');
      }),
    );
  });
});

describe('pythonIsoTime', () => {
  for (const [time, expected] of [
    ['2026-03-04T05:06:07.123456Z', '2026-03-04T05:06:07.123456+00:00'],
    ['2026-03-04T05:06:07Z', '2026-03-04T05:06:07+00:00'],
    ['2026-03-04T05:06:07.000000+00:00', '2026-03-04T05:06:07+00:00'],
    ['2026-03-04T05:06:07.12Z', '2026-03-04T05:06:07.120000+00:00'],
    ['2026-03-04T01:06:07.5-04:00', '2026-03-04T05:06:07.500000+00:00'],
    ['no time', 'no time'],
  ] as const) {
    it(`prints ${time} as ${expected}`, () => {
      expect(pythonIsoTime(time)).to.equal(expected);
    });
  }
});
