import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildBaseJobTemplate, type JsonObject, type WorkerPlugin } from '@worker-host/core';
import { plugin as ecs } from '@worker-host/ecs';
import { startLocalAws } from '@worker-host/testing/local-aws';
import { expect } from 'chai';
import { openAdministration } from 'worker-host/embedded';
import { plugin as ecsTeam } from '../src/ecs-team.js';
import { Opened } from './support.js';

const BUILT = fileURLToPath(new URL('../src/', import.meta.url));
const WRITTEN = fileURLToPath(new URL('../../src/', import.meta.url));
const HOST = fileURLToPath(
  new URL('./bin/worker-host.js', import.meta.resolve('worker-host').replace('/dist/src/', '/')),
);

describe('programs of this example', () => {
  const opened = new Opened();
  afterEach(() => opened.closeAll());

  /** A pool with one run. */
  async function aPool(name: string, { type }: WorkerPlugin, jobVariables: JsonObject) {
    const home = opened.add(mkdtempSync(join(tmpdir(), 'extensions-')), (path) => rmSync(path, { recursive: true }));
    const pool = await openAdministration({ home });
    const baseJobTemplate = buildBaseJobTemplate(type === ecs.type ? ecs : ecsTeam);
    await pool.createWorkPool({ name, type, baseJobTemplate, concurrencyLimit: null, isPaused: false });
    const unset = { deploymentName: null, workQueueName: null, name: null, idempotencyKey: null, scheduledForMs: null };
    const { id } = await pool.createFlowRun({ ...unset, workPoolName: name, jobVariables, parameters: {}, tags: [] });
    opened.add(pool, () => pool.close());
    return { home, stateOfRun: async () => (await pool.readRun(id)).states.at(-1) };
  }

  it('have at most fifteen lines without imports', () => {
    const isCounted = (line: string) => !/^(?:import .*|\s*(?:\/\*\*.*)?)$/.test(line);
    const lengths = readdirSync(WRITTEN).map((name) => {
      const lines = readFileSync(join(WRITTEN, name), 'utf8').split('\n').filter(isCounted);
      return [name, lines.length] as const;
    });

    expect(lengths.filter(([, lines]) => lines > 15)).to.deep.equal([]);
  });

  it('serve an embedded pool', async () => {
    const aws = opened.add(await startLocalAws(), (each) => each.close());
    const { home, stateOfRun } = await aPool('my-pool', ecs, { command: 'true' });

    const program = opened.start(join(BUILT, 'embedded-host.js'), [], { ...aws.environment, POOL_DIRECTORY: home });
    const { stdout, stderr } = await program.end();

    expect(stdout, stderr).to.equal('1 runs ended\n');
    expect((await stateOfRun())?.type).to.equal('COMPLETED');
  });

  it("serve a pool of a Prefect server, with Prefect's own settings", async () => {
    const home = opened.add(mkdtempSync(join(tmpdir(), 'extensions-')), (path) => rmSync(path, { recursive: true }));
    const keys: (string | undefined)[] = [];
    const url = await opened.serve(({ headers }) => {
      keys.push(headers.authorization);
      return { status: 401, body: { detail: 'no such key' } };
    });
    const settings = { PREFECT_API_URL: `${url}/api`, PREFECT_API_KEY: 'a-key-of-the-test', HOME: home };

    const { stderr } = await opened.start(join(BUILT, 'prefect-host.js'), [], settings, home).end();

    expect(stderr).to.contain('OrchestratorUnauthorizedError');
    expect(new Set(keys)).to.deep.equal(new Set(['Bearer a-key-of-the-test']));
  });

  it('are named in the configuration file of the host', async () => {
    const aws = opened.add(await startLocalAws(), (each) => each.close());
    const { home, stateOfRun } = await aPool('teams', ecsTeam, { command: 'true' });
    const [rule, plugin] = ['launch-rule.js', 'ecs-team.js'].map((name) => JSON.stringify(join(BUILT, name)));
    writeFileSync(join(home, 'worker-host.toml'), `pool = "teams"\nplugin = [${plugin}]\nextension = [${rule}]\n`);

    const environment = { ...aws.environment, WORKER_HOST_HOME: home, PREFECT_API_URL: undefined };
    const { stdout, stderr } = await opened.start(HOST, ['start', '--run-once'], environment, home).end();

    const state = await stateOfRun();
    expect(`${stdout}${stderr}`).to.match(/extensions +team-pays/);
    expect(state?.type, stderr).to.equal('CRASHED');
    expect(state?.message).to.contain('labels.team: expected the team that pays');
    expect(aws.ecs.tasks()).to.have.length(0);
  });
});
