import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { CommandLineBench } from '../../run-command-line.js';

const FILE = `
name: warehouse
prefect-version: 3.9.1
build:
  - prefect_docker.deployments.steps.build_docker_image: { id: image, image_name: etl }
pull:
  - prefect.deployments.steps.git_clone: { repository: "https://example.com/x.git" }
definitions:
  pool: &pool
    name: mine
    work_queue_name: urgent
    job_variables: &variables { cpu: 512, image: "{{ image.tag }}" }
  schedule: &schedule { cron: "30 2 * * *", timezone: Europe/Berlin, active: yes }
deployments:
  - name: nightly
    version: "1"
    description: >
      Loads
      everything.
    entrypoint: flows/etl.py:load
    parameters: { full: true, region: "{{ prefect.variables.region }}" }
    tags: [x, "{{ $STAGE }}"]
    concurrency_limit: { limit: 2, collision_strategy: CANCEL_NEW }
    triggers: [{ enabled: true }]
    work_pool:
      <<: *pool
      job_variables: { <<: *variables, memory: 1024, env: { URL: "http://{{ prefect.variables.region }}/{{ HOST }}" } }
    schedules:
      - *schedule
      - { interval: PT10M, anchor_date: "2026-01-01T00:00:00+00:00", slug: often, parameters: { full: false } }
      - { rrule: "FREQ=MONTHLY;BYDAY=-1FR", timezone: Asia/Tokyo }
      - { cron: "0 0 * * *", active: false }
  - name: other
    entrypoint: flows/etl.py:other
    concurrency_limit: 1
    paused: true
    work_pool: *pool
    schedule: { interval: 3600 }
`;

describe('prefect.yaml', () => {
  let bench: CommandLineBench;
  beforeEach(async () => {
    bench = new CommandLineBench();
    bench.environment.STAGE = 'dev';
    bench.environment.HOST = 'h';
    await bench.json('pool', 'create', 'mine', '--type', 'fixture', '--concurrency-limit', '5');
    await bench.run('variable', 'set', 'region', 'eu');
  });
  afterEach(() => bench.dispose());

  const write = (text: string): string => {
    const path = join(bench.directory, 'prefect.yaml');
    writeFileSync(path, text);
    return path;
  };
  const SET = ['--set', 'image.tag=etl:7'];
  const apply = (text: string, ...words: readonly string[]) => bench.run('apply', '-f', write(text), ...words);
  const diff = (text: string, ...words: readonly string[]) => bench.run('diff', '-f', write(text), ...words);
  const exported = async () => parse((await bench.run('export')).stdout);

  it('is applied with its templates, anchors and schedules, and ignored members are named', async () => {
    const { exitCode, stderr } = await apply(FILE, ...SET);
    const { deployments, pools } = await exported();

    expect(exitCode, stderr).to.equal(0);
    expect(stderr).to.contain(
      'build; pull; version of deployment nightly; triggers of deployment nightly; schedule 4, which is not active, of deployment nightly',
    );
    expect(pools.mine).to.include({ concurrency_limit: 5, paused: false });
    expect(pools.mine.queues).to.have.keys('default', 'urgent');
    expect(deployments.nightly).to.deep.equal({
      pool: 'mine',
      queue: 'urgent',
      description: 'Loads everything.',
      entrypoint: 'flows/etl.py:load',
      job_variables: { cpu: 512, image: 'etl:7', memory: 1024, env: { URL: 'http://eu/h' } },
      parameters: { full: true, region: 'eu' },
      tags: ['x', 'dev'],
      limit: { max: 2, on_limit: 'skip' },
      schedules: [
        { cron: '30 2 * * *', timezone: 'Europe/Berlin' },
        { name: 'often', interval: 600, anchor: '2026-01-01T00:00:00.000Z', parameters: { full: false } },
        { rrule: 'FREQ=MONTHLY;BYDAY=-1FR', timezone: 'Asia/Tokyo' },
      ],
    });
    expect(deployments.other).to.deep.include({
      limit: { max: 1, on_limit: 'queue' },
      paused: true,
      schedules: [{ interval: 3600 }],
    });
  });

  it('is applied, changed, compared, applied, and exported without a difference', async () => {
    await apply(FILE, ...SET);
    const same = await diff(FILE, ...SET);
    const changed = FILE.replace('cpu: 512', 'cpu: 1024').replace('limit: 2', 'limit: 3');
    const differing = await diff(changed, ...SET);
    await apply(changed, ...SET);
    await bench.run('export', '--prefect', 'project');
    const project = readFileSync(join(bench.directory, 'project/prefect.yaml'), 'utf8');
    const after = await diff(project);

    expect(same.stdout).to.equal('Nothing differs.\n');
    expect(differing.stdout).to.contain('job_variables.cpu: 512 -> 1024').and.to.contain('limit.max: 2 -> 3');
    expect(after.stdout).to.equal('Nothing differs.\n');
  });

  it('sets its label, by which deployments are pruned', async () => {
    await apply(FILE, ...SET);
    const pruned = await apply(FILE.slice(0, FILE.indexOf('  - name: other')), ...SET, '--prune');
    expect(pruned.stdout).to.contain('- deployment other');
  });

  it('is written with a flow for each command, and what it cannot express is named', async () => {
    await bench.json(
      'deployment',
      'create',
      'say it',
      '--pool',
      'mine',
      '--retries',
      '2',
      '--param',
      'n=1',
      '--param',
      'is=2',
      '--interval',
      '1h',
      '--jitter',
      '5s',
      '--',
      'say',
      'a b',
    );
    await bench.json(
      'deployment',
      'create',
      'say-it',
      '--pool',
      'mine',
      '--concurrency-limit',
      '1',
      '--on-limit',
      'replace',
      '--',
      'x',
    );
    const { stdout, stderr } = await bench.run('export', '--prefect', 'project');
    const [file, flows] = ['prefect.yaml', 'worker_host_flows.py'].map((name) =>
      readFileSync(join(bench.directory, 'project', name), 'utf8'),
    );
    const again = await bench.run('export', '--prefect', 'project');

    expect(stdout).to.contain('Wrote prefect.yaml and worker_host_flows.py to ');
    expect(stderr)
      .to.contain(
        'retries of deployment say it; jitter of schedule 1 of deployment say it; on_limit replace of deployment say-it',
      )
      .and.to.contain('prefect work-pool create mine --type fixture\n  prefect deploy --all');
    expect(parse(file ?? '').deployments[0]).to.deep.equal({
      name: 'say it',
      entrypoint: 'worker_host_flows.py:run_say_it',
      parameters: { n: 1, is: 2 },
      enforce_parameter_schema: false,
      work_pool: { name: 'mine', work_queue_name: 'default', job_variables: {} },
      schedules: [{ interval: 3600, anchor_date: '1970-01-01T00:00:00Z', active: true }],
    });
    expect(flows).to.contain(`@flow(name="say it")\ndef run_say_it(n=None):\n    run_command("say 'a b'", {"n": n})\n`);
    expect(flows).to.contain('def run_say_it_2():');
    expect(again.exitCode).to.equal(3);
    expect(again.stderr).to.contain('the file already exists; choose another directory');
  });

  it('is rejected with all its problems', async () => {
    const { exitCode, stderr } = await apply(`
deployments:
  - { name: a, work_pool: { name: mine }, tags: ["{{ $NOT_SET }}", "{{ prefect.variables.nothing }}", "{{ image }}"] }
  - { work_pool: {}, concurrency_limit: { collision_strategy: KILL } }
  - { name: a, work_pool: { name: mine }, schedules: [{ cron: "* * * * *", interval: 5 }, { interval: soon }, { cron: "* * * * *", day_or: false }] }
`);
    expect(exitCode).to.equal(3);
    for (const part of [
      'deployments.0: {{ $NOT_SET }}: the environment variable NOT_SET is not set',
      'worker-host variable set nothing VALUE',
      'deployments.0: {{ image }}: worker-host runs no build steps; pass the value with --set image=VALUE',
      'deployments.1.name',
      'deployments.1.work_pool.name',
      'deployments.1.concurrency_limit.collision_strategy',
      "deployments.2.name: 'a' is the name of another deployment",
      'deployments.2.schedules.0: expected one of cron, interval, rrule',
      'deployments.2.schedules.1: interval: expected seconds, HH:MM:SS or a duration such as PT10M (found: "soon")',
      'deployments.2.schedules.2: day_or: false is not supported',
    ])
      expect(stderr).to.contain(part);
  });

  it('is rejected with a pool that does not exist', async () => {
    const { exitCode, stderr } = await apply('deployments: [{ name: a, work_pool: { name: nowhere } }]');
    expect(exitCode).to.equal(4);
    expect(stderr).to.contain('nowhere');
  });
});
