import { buildBaseJobTemplate, type JsonObject } from '@worker-host/core';
import { plugin } from '@worker-host/ecs';
import { type LocalAws, startLocalAws } from '@worker-host/testing/local-aws';
import { expect } from 'chai';
import { plantFaults } from '../src/faults.js';
import { jobVariables, OTHER_VALUES } from '../src/job-variables.js';
import { leaksIn, MARK, PLANTED } from '../src/planted.js';
import { PrefectServer } from '../src/prefect-server.js';
import { CommandLine } from '../src/worker-process.js';

const PASSWORD = `${MARK}-password`;
const placeholder = (name: string): string => `{{ prefect.blocks.vault.main.${name} }}`;

const VAULT: JsonObject = {
  id: 'vault-id',
  name: 'main',
  data: { ...PLANTED, ...OTHER_VALUES, many: PLANTED.plain.repeat(20), note: 'plain to see' },
  block_schema: { fields: { secret_fields: [...Object.keys(PLANTED), 'number', 'short', 'many'] } },
  block_type: { slug: 'vault' },
};

describe('a complete run with a Prefect server', () => {
  let aws: LocalAws;
  let server: PrefectServer;
  let worker: CommandLine;
  let exitCode: number | null;

  before(async () => {
    aws = await startLocalAws({ phases: 'fast' });
    plantFaults(aws);
    const runs = Object.entries(jobVariables(placeholder)).map(([what, job_variables], index): [string, JsonObject] => [
      `00000000-0000-4000-8000-00000000000${index}`,
      { name: what, flow_id: 'flow', deployment_id: null, parameters: {}, tags: [], labels: {}, job_variables },
    ]);
    server = new PrefectServer(
      {
        workPool: {
          id: 'pool-id',
          name: 'p',
          type: 'ecs',
          base_job_template: buildBaseJobTemplate(plugin),
          is_paused: false,
        },
        flowRuns: new Map(runs),
        blocks: new Map([['vault/main', VAULT]]),
      },
      (method, path, body) =>
        method === 'PATCH' && /^\/flow_runs\/[^/]+$/.test(path)
          ? { detail: [{ loc: ['body'], msg: `not ${PLANTED.quoted}`, type: 'value', input: `${body} ${PASSWORD}` }] }
          : null,
    );
    const url = await server.start();
    worker = new CommandLine(['start', '--type', 'ecs', '--pool', 'p', '--run-once', '--log-level', 'debug'], {
      ...aws.environment,
      WORKER_HOST_DEBUG: '1',
      PREFECT_API_URL: url,
      PREFECT_API_AUTH_STRING: `user:${PASSWORD}`,
      PREFECT_CLIENT_CUSTOM_HEADERS: JSON.stringify({ 'X-Api-Token': PLANTED.address }),
      AWS_SECRET_ACCESS_KEY: PLANTED.awsKey,
    });
    exitCode = await worker.ended;
  });

  after(async () => {
    worker.kill();
    await server?.stop();
    await aws?.close();
  });

  it("writes no secret to the worker's own log at level debug", () => {
    expect(exitCode).to.equal(0);
    expect(worker.output).to.include('********');
    expect(leaksIn(worker.output)).to.deep.equal([]);
  });

  it('sends no secret to the server: states, logs, labels, events, ids', () => {
    const kinds = ['set_state', '/logs/', '/labels', '/events', 'infrastructure_pid'];
    for (const kind of kinds)
      expect(
        server.received.some((request) => request.includes(kind)),
        kind,
      ).to.equal(true);
    expect(server.received.join('')).to.include('********');
    expect(server.received.flatMap(leaksIn)).to.deep.equal([]);
  });

  it('ended each run, so that every message was sent', () => {
    const ends = [...server.states.values()].map(({ type }) => type);
    expect(ends).to.have.length(8);
    expect(ends.filter((type) => type === 'CRASHED')).to.have.length(8);
  });
});
