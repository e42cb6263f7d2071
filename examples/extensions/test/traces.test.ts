import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildBaseJobTemplate } from '@worker-host/core';
import { plugin } from '@worker-host/ecs';
import { startLocalAws } from '@worker-host/testing/local-aws';
import { expect } from 'chai';
import { openAdministration } from 'worker-host/embedded';
import { Opened } from './support.js';

const HOST = fileURLToPath(
  new URL('./bin/worker-host.js', import.meta.resolve('worker-host').replace('/dist/src/', '/')),
);
const PLUGIN = fileURLToPath(new URL('../../', import.meta.resolve('@worker-host/ecs')));

describe('a worker with the ECS plugin', () => {
  const opened = new Opened();
  afterEach(() => opened.closeAll());

  /** Runs one job on local AWS. Returns its id and the environment of the request. */
  async function launch(settings: Record<string, string>) {
    const aws = opened.add(await startLocalAws(), (each) => each.close());
    const home = opened.add(mkdtempSync(join(tmpdir(), 'traces-')), (path) => rmSync(path, { recursive: true }));
    const pool = await openAdministration({ home });
    const baseJobTemplate = buildBaseJobTemplate(plugin);
    await pool.createWorkPool({ name: 'mine', type: 'ecs', baseJobTemplate, concurrencyLimit: null, isPaused: false });
    const unset = { deploymentName: null, workQueueName: null, name: null, idempotencyKey: null, scheduledForMs: null };
    const jobVariables = { command: 'true' };
    const run = await pool.createFlowRun({ ...unset, workPoolName: 'mine', jobVariables, parameters: {}, tags: [] });
    await pool.close();
    const environment = { ...aws.environment, WORKER_HOST_HOME: home, PREFECT_API_URL: undefined, ...settings };
    const words = ['start', '--pool', 'mine', '--plugin', PLUGIN, '--run-once'];
    const { stderr } = await opened.start(HOST, words, environment, home).end();
    const [call] = aws.calls({ operation: 'RunTask' });
    const { overrides } = (call?.params ?? {}) as {
      overrides?: { containerOverrides?: { environment?: { name: string; value: string }[] }[] };
    };
    const pairs = overrides?.containerOverrides?.[0]?.environment?.map(({ name, value }) => [name, value]) ?? [];
    return { id: run.id, env: Object.fromEntries(pairs) as Record<string, string>, stderr };
  }

  it('passes the container the trace that it exports', async () => {
    const paths: (string | undefined)[] = [];
    const url = await opened.serve((request) => {
      paths.push(request.url);
      request.resume();
      return { body: {} };
    });

    const { id, env, stderr } = await launch({ OTEL_EXPORTER_OTLP_ENDPOINT: url });

    expect(env.TRACEPARENT, stderr).to.match(new RegExp(`^00-${id.replaceAll('-', '')}-[0-9a-f]{16}-01$`));
    expect(paths).to.include('/v1/traces');
  });

  it('passes the container no trace if none is exported', async () => {
    const { env, stderr } = await launch({});

    expect(env, stderr).to.have.property('WORKER_HOST_FLOW_RUN_ID');
    expect(env).not.to.have.any.keys('TRACEPARENT', 'TRACESTATE');
  });
});
