import { BaseJobConfiguration, OrchestratorUnauthorizedError, OrchestratorUnavailableError } from '@worker-host/core';
import { aDeployment, aFlow } from '@worker-host/testing';
import { expect } from 'chai';
import { rejected } from '../support/promises.js';
import { createRunBench, type RunBenchOptions } from '../support/run-bench.js';

const BROKEN = { job_configuration: 5, variables: {} };

async function create(options: RunBenchOptions = {}) {
  const bench = await createRunBench({ isClaimed: false, ...options });
  bench.pool.deployments.set('d', aDeployment({ id: 'd', flowId: 'f', jobVariables: { command: 'of deployment' } }));
  bench.pool.flows.set('f', aFlow({ id: 'f' }));
  const secrets = bench.secrets.scope();
  return { ...bench, own: secrets, render: () => bench.configurations.render(bench.run.flowRun, secrets) };
}

describe('the configuration of a run', () => {
  it("is rendered from deployment and run, whose own variables win, and prepared with the run's names", async () => {
    const ofDeployment = await create({ flowRun: { deploymentId: 'd', flowId: null, name: 'otter' } });
    const rendered = await ofDeployment.render();

    expect(rendered.deployment?.id).to.equal('d');
    expect(rendered.flow?.id).to.equal('f');
    expect(rendered.configuration).to.deep.include({ command: 'of deployment', name: 'otter' });
    expect(rendered.configuration.labels).to.deep.include({
      'prefect.io/flow-run-name': 'otter',
      'prefect.io/worker-name': 'w',
      'prefect.io/work-pool-name': 'p',
    });
    const ofRun = await create({ flowRun: { deploymentId: 'd', jobVariables: { command: 'of run' } } });
    expect((await ofRun.render()).configuration.command).to.equal('of run');
  });

  it('needs neither deployment nor flow', async () => {
    const { render, orchestrator } = await create({ flowRun: { deploymentId: null, flowId: null } });

    const { deployment, flow, configuration } = await render();

    expect([deployment, flow]).to.deep.equal([null, null]);
    expect(configuration.command).to.equal('run-it');
    expect([orchestrator.callsOf('readDeployment'), orchestrator.callsOf('readFlow')]).to.deep.equal([0, 0]);
  });

  it('reads the flow of the run itself once', async () => {
    const { render, orchestrator, pool } = await create({ flowRun: { deploymentId: 'd', flowId: 'own' } });
    pool.flows.set('own', aFlow({ id: 'own' }));

    expect((await render()).flow?.id).to.equal('own');
    expect(orchestrator.callsOf('readFlow')).to.equal(1);
  });

  it('cannot be rendered after the deployment was deleted', async () => {
    const { render } = await create({ flowRun: { deploymentId: 'gone' } });

    expect(await rejected(render())).to.have.property('code', 'DEPLOYMENT_GONE');
  });

  for (const method of ['readDeployment', 'readFlow'] as const)
    it(`fails with the control plane's error of '${method}', which is not a fact about the run`, async () => {
      const { render, orchestrator } = await create({ flowRun: { deploymentId: 'd' } });
      for (const error of [
        new OrchestratorUnavailableError('The call', 'memory'),
        new OrchestratorUnauthorizedError('The call', 'memory', 'Log in.'),
      ]) {
        const fault = orchestrator.faults.fail(method, { error });
        expect(await rejected(render())).to.equal(error);
        fault.stop();
      }
      orchestrator.faults.fail(method, { error: new Error('500') });

      const error = await rejected(render());

      expect(error).to.have.property('code', 'CONTROL_PLANE_READ_FAILED');
      expect(error).to.have.nested.property('details.what', method === 'readFlow' ? 'the flow' : 'the deployment');
    });

  it('reads blocks and variables from the control plane, whose failure is not a fact about the run either', async () => {
    for (const [reference, what] of [
      ['{{ prefect.variables.word }}', 'a variable'],
      ['{{ prefect.blocks.secret.word }}', 'a block'],
    ] as const) {
      const { render, pool } = await create({ flowRun: { jobVariables: { command: reference } } });
      const read = async () => Promise.reject(new Error('500'));
      pool.references = { readVariable: read, readBlockDocument: read, readBlockDocumentById: read };

      const error = await rejected(render());

      expect(error).to.have.property('code', 'CONTROL_PLANE_READ_FAILED');
      expect(error).to.have.nested.property('details.what', what);
    }
  });

  it("resolves variables and the worker's environment", async () => {
    const jobVariables = { command: '{{ prefect.variables.word }}' };
    const { render, pool, served } = await create({ flowRun: { jobVariables }, environment: { CITY: 'Bern' } });
    const job_configuration = { command: '{{ command }}', labels: { city: '{{ $CITY }}' } };
    const baseJobTemplate = { job_configuration, variables: { properties: { command: { type: 'string' } } } };
    served.accept({ ...(pool.workPool as NonNullable<typeof pool.workPool>), baseJobTemplate });
    const asked: string[] = [];
    pool.references = {
      ...pool.references,
      readVariable: async (name) => {
        asked.push(name);
        return { name, value: 'hello' } as never;
      },
    };

    const { configuration } = await render();

    expect(configuration.command).to.equal('hello');
    expect(configuration.labels).to.have.property('city', 'Bern');
    expect(asked).to.deep.equal(['word']);
  });

  it('is prepared with the environment of the control plane', async () => {
    const { render, orchestrator } = await create();
    orchestrator.jobEnvironment = () => ({ PREFECT_API_URL: 'http://server' });

    expect((await render()).configuration.env).to.deep.include({ PREFECT_API_URL: 'http://server' });
  });
});

describe('a configuration to stop with', () => {
  it("is the run's own if that can be rendered", async () => {
    const { configurations, run, own, logger } = await create({ flowRun: { jobVariables: { command: 'own' } } });

    expect((await configurations.renderForStopping(run.flowRun, own)).configuration.command).to.equal('own');
    expect(logger.lines).to.deep.equal([]);
  });

  it('is that of the pool for a run that was deleted, or can no longer be rendered', async () => {
    const { configurations, run, own, logger } = await create({ flowRun: { deploymentId: 'gone' } });

    const ofGone = await configurations.renderForStopping(null, own);
    expect(logger.lines).to.deep.equal([]);
    const ofBroken = await configurations.renderForStopping(run.flowRun, own);

    expect(ofGone).to.deep.include({ deployment: null, flow: null });
    expect(ofGone.configuration).to.be.instanceOf(BaseJobConfiguration);
    expect(ofBroken.configuration.template).to.not.equal(null);
    expect(logger.lines[0]).to.deep.include({ level: 'warn' });
    expect(logger.lines[0]?.fields.flowRunId).to.equal('a');
    expect(logger.lines[0]?.fields.error).to.have.property('code', 'DEPLOYMENT_GONE');
  });

  for (const error of [
    new OrchestratorUnavailableError('The call', 'memory'),
    new OrchestratorUnauthorizedError('The call', 'memory', 'Log in.'),
  ])
    it(`waits for the run's own after ${error.code}`, async () => {
      const { configurations, run, own, orchestrator } = await create();
      orchestrator.faults.fail('readFlow', { error });

      expect(await rejected(configurations.renderForStopping(run.flowRun, own))).to.equal(error);
    });

  it('is a plain one if the template is invalid, with a warning', async () => {
    const { configurations, served, pool, logger } = await create();
    served.accept({ ...(pool.workPool as NonNullable<typeof pool.workPool>), baseJobTemplate: BROKEN });

    const configuration = await configurations.poolDefault();

    expect(configuration).to.be.instanceOf(BaseJobConfiguration);
    expect(configuration.template).to.equal(null);
    expect(logger.messages('warn')).to.deep.equal([
      'Rendering the template of the pool failed; using a plain configuration',
    ]);
    expect(logger.lines[0]?.fields.error).to.be.instanceOf(Error);
  });
});
