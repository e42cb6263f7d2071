import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalAws, startLocalAws } from '@worker-host/testing/local-aws';
import { expect } from 'chai';
import { type Administration, openAdministration } from 'worker-host/embedded';
import { plantFaults } from '../src/faults.js';
import { jobVariables, OTHER_VALUES } from '../src/job-variables.js';
import { leaksIn, PLANTED } from '../src/planted.js';
import { CommandLine } from '../src/worker-process.js';

const POOL = 'p';
const placeholder = (name: string): string => `{{ prefect.blocks.secret.${name} }}`;
const SECRETS = { ...PLANTED, ...OTHER_VALUES, many: PLANTED.plain.repeat(20) };

const A_RUN = {
  deploymentName: null,
  workQueueName: null,
  parameters: {},
  tags: [],
  idempotencyKey: null,
  scheduledForMs: null,
};

describe('a complete run on the embedded pool', () => {
  let home: string;
  let aws: LocalAws;
  let administration: Administration;
  const lines: CommandLine[] = [];
  const runIds = new Map<string, string>();

  const environment = (): Record<string, string> => ({
    ...aws.environment,
    WORKER_HOST_HOME: home,
    WORKER_HOST_ORCHESTRATOR: 'embedded',
    WORKER_HOST_DEBUG: '1',
    AWS_SECRET_ACCESS_KEY: PLANTED.awsKey,
    AWS_SESSION_TOKEN: PLANTED.awsToken,
  });
  const command = (...words: readonly string[]): CommandLine => {
    const line = new CommandLine(words, environment());
    lines.push(line);
    return line;
  };

  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'worker-host-secrets-'));
    aws = await startLocalAws({ phases: 'fast' });
    plantFaults(aws);
    administration = await openAdministration({ home });
    await command('pool', 'create', POOL, '--type', 'ecs').ended;
    for (const [name, value] of Object.entries(SECRETS)) await administration.setSecret(name, value);
  });

  after(async () => {
    for (const line of lines) line.kill();
    await administration?.close();
    await aws?.close();
    await rm(home, { recursive: true, force: true });
  });

  const queue = async (what: string, variables: ReturnType<typeof jobVariables>[string]) => {
    const name = what.toLowerCase();
    const run = await administration.createFlowRun({ ...A_RUN, workPoolName: POOL, name, jobVariables: variables });
    runIds.set(what, run.id);
  };

  for (const format of ['text', 'json'] as const) {
    it(`writes no secret: the worker's own log at level debug (${format}), its status page, metrics and health`, async () => {
      const flag = join(home, `go-${format}`);
      const all = jobVariables(placeholder);
      for (const [what, variables] of Object.entries(all)) await queue(`${what}-${format}`, variables);
      await queue(`waiting-${format}`, {
        ...all.failing,
        command: `sh -c 'while [ ! -e ${flag} ]; do sleep 0.05; done; echo ${placeholder('quoted')}'`,
      });
      const port = await freePort();

      const worker = command(
        ...['start', '--type', 'ecs', '--pool', POOL, '--run-once', '--log-level', 'debug', '--log-format', format],
        ...['--with-healthcheck', '--webserver-host', '127.0.0.1', '--webserver-port', String(port)],
      );
      await aws.ecs.whenTasks((tasks) => tasks.some(({ lastStatus }) => lastStatus === 'RUNNING'));
      const pages = await Promise.all(
        ['', 'health', 'ready', 'metrics'].map(async (page) =>
          (await fetch(`http://127.0.0.1:${port}/${page}`)).text(),
        ),
      );
      await command('variable', 'set', 'x', 'y').ended;
      await writeFile(flag, '');

      expect(await worker.ended).to.equal(0);
      expect(worker.output).to.include('********');
      expect(leaksIn(worker.output)).to.deep.equal([]);
      expect(pages.flatMap(leaksIn)).to.deep.equal([]);
    });
  }

  it('ended each run as intended, so that every message was written', async () => {
    const ends: Record<string, string> = {};
    for (const [what, id] of runIds) {
      const { flowRun } = await administration.readRun(id);
      ends[what.replace(/-(text|json)$/, '')] = `${flowRun.stateName}: ${flowRun.state?.message ?? ''}`;
    }

    expect(ends.failing).to.match(/^Failed: .*code 3/);
    expect(ends.notFound).to.match(/^Failed/);
    for (const path of ['labels.pin', 'network_configuration', 'aws_client_parameters', 'match_latest_revision'])
      expect(ends.wrongTypes).to.include(path);
    for (const path of ['command', 'vpc_id', 'labels.a', 'labels.b']) expect(ends.refused).to.include(path);
    expect(ends.noCluster).to.match(/^Crashed: .*cluster/i);
    expect(ends.noDefinition).to.match(/^Crashed: .*task_definition_arn/);
    expect(ends.awsEchoes).to.match(/^Crashed: .*ATTRIBUTE/);
    expect(ends.failsToStart).to.match(/^Crashed/);
  });

  it('stores no secret: database, write-ahead log, and every other file in the data directory', async () => {
    const names = (await readdir(home)).filter((name) => name !== 'secret.key');
    expect(names.some((name) => name.endsWith('-wal'))).to.equal(true);

    for (const name of names) {
      expect(leaksIn(await readFile(join(home, name), 'latin1')), name).to.deep.equal([]);
      expect(leaksIn(await readFile(join(home, name), 'utf8')), name).to.deep.equal([]);
    }
  });

  it('prints no secret that was written into job variables in plain text', async () => {
    const typed = {
      aws_credentials: { aws_secret_access_key: PLANTED.awsKey, aws_session_token: PLANTED.awsToken },
      env: { DB_PASSWORD: PLANTED.quoted },
    };
    const run = await administration.createFlowRun({
      ...A_RUN,
      workPoolName: POOL,
      name: 'typed',
      jobVariables: typed,
    });
    const wrong = JSON.stringify({
      aws_secret_access_key: [PLANTED.awsKey],
      aws_session_token: { a: PLANTED.awsToken },
    });
    const answers = [
      command('runs', 'inspect', run.id),
      command('runs', 'inspect', run.id, '--json'),
      command('run', '--pool', POOL, '--job-variable', `aws_credentials=${wrong}`, '--', 'true'),
    ];
    await Promise.all(answers.map(({ ended }) => ended));

    for (const { output } of answers) {
      expect(output).to.include('********');
      expect(leaksIn(output)).to.deep.equal([]);
    }
  });

  it('prints no secret: output of every command, as text and as JSON, and errors', async () => {
    const looks: string[][] = [
      ['runs', 'ls'],
      ['pool', 'ls'],
      ['pool', 'inspect', POOL],
      ['variable', 'ls'],
      ['secret', 'ls'],
      ['deployment', 'ls'],
      ['queue', 'ls', '--pool', POOL],
      ['pool', 'create', POOL, '--type', 'ecs'],
    ];
    for (const [what, id] of runIds)
      if (what.endsWith('-text')) looks.push(['runs', 'inspect', id], ['runs', 'logs', id]);
    const answers: CommandLine[] = [];
    for (const words of looks) {
      const pair = [command(...words), command(...words, '--json')];
      await Promise.all(pair.map(({ ended }) => ended));
      answers.push(...pair);
    }

    expect(answers.map(({ output }) => output).join('')).to.include('********');
    for (const { output } of answers) expect(leaksIn(output)).to.deep.equal([]);
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
