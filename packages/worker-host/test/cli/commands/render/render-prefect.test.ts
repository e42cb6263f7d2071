import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { fixturePath } from '../../fixtures.js';
import { CommandLineBench } from '../../run-command-line.js';

const TEMPLATE = {
  job_configuration: { command: '{{ command }}', env: '{{ env }}', labels: {}, name: null },
  variables: { type: 'object', properties: { command: { default: null }, env: { default: {} } } },
};
const DEPLOYMENT = {
  id: '5a4bf7b8-0a5b-4a6c-9d3e-0c6f4b1f2a10',
  name: 'nightly',
  flow_id: '5a4bf7b8-0a5b-4a6c-9d3e-0c6f4b1f2a11',
  updated: '2026-01-02T03:04:05Z',
  work_pool_name: 'pool',
  job_variables: { env: { OF_DEPLOYMENT: '1' } },
  tags: [],
};
const ANSWERS: Readonly<Record<string, unknown>> = {
  '/api/admin/version': '3.9.1',
  '/api/work_pools/pool': {
    id: '5a4bf7b8-0a5b-4a6c-9d3e-0c6f4b1f2a12',
    name: 'pool',
    type: 'fixture',
    base_job_template: TEMPLATE,
    is_paused: false,
    concurrency_limit: null,
  },
  '/api/deployments/name/my%20flow/nightly': DEPLOYMENT,
  [`/api/flows/${DEPLOYMENT.flow_id}`]: { id: DEPLOYMENT.flow_id, name: 'my flow', tags: [] },
};

describe('render on a Prefect server', () => {
  let bench: CommandLineBench;
  let server: Server;
  const calls: string[] = [];

  beforeEach(async () => {
    bench = new CommandLineBench();
    calls.length = 0;
    server = createServer((request, response) => {
      calls.push(`${request.method} ${request.url}`);
      const answer = ANSWERS[request.url ?? ''];
      response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer ?? { detail: 'Not Found' }));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    bench.environment.PREFECT_API_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
    bench.environment.PREFECT_SERVER_CSRF_PROTECTION_ENABLED = 'false';
  });
  afterEach(async () => {
    await new Promise((closed) => server.close(closed));
    bench.dispose();
  });

  it('renders a deployment by flow and name, read-only', async () => {
    const plugin = ['--plugin', fixturePath('fixture-plugin')];

    const { requests } = await bench.json('render', 'my flow/nightly', '--explain', ...plugin);

    const sources = new Map(requests[0].values.map((each: { path: string }) => [each.path, each]));
    expect(sources.get('words[0]')).to.deep.include({ value: 'prefect', source: 'worker' });
    expect(sources.get('surroundings[OF_DEPLOYMENT]')).to.deep.include({
      source: 'deployment variable env.OF_DEPLOYMENT',
    });
    expect(sources.get('surroundings[PREFECT_API_URL]')).to.deep.include({
      value: bench.environment.PREFECT_API_URL,
      source: 'setting PREFECT_API_URL of the worker',
    });
    expect(sources.get('surroundings[PREFECT__FLOW_NAME]')).to.deep.include({ value: 'my flow' });
    expect(calls.every((call) => call.startsWith('GET '))).to.equal(true);
  });

  it('reports what the server does not have', async () => {
    const { exitCode, stderr } = await bench.run('render', 'my flow/other');

    expect(exitCode).to.equal(4);
    expect(stderr).to.contain("The control plane has no deployment 'my flow/other'.");
    expect(stderr).to.contain('code: CONTROL_PLANE_OBJECT_NOT_FOUND');
  });
});
