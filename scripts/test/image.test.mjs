import { strict as assert } from 'node:assert';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unknownVariables } from '../../packages/worker-host/dist/src/configuration/unknown-variables.js';
import { publishedManifest } from '../publish-config.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const YAML = createRequire(join(root, 'packages/worker-host/package.json'))('yaml');
const read = (path) => readFileSync(join(root, path), 'utf8');

const dockerfile = read('deploy/Dockerfile').replaceAll('\\\n', ' ').split('\n');
/** What follows an instruction, once for each time it stands there. */
const instructions = (name) =>
  dockerfile.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1).trim());
const [localAwsCommand, workerCommand] = instructions('CMD').map((words) => JSON.parse(words));
const unit = read('deploy/worker-host.service');
const { services } = YAML.parse(read('deploy/compose.yaml'), { merge: true });

/** Programs of the test that runs. */
const children = [];
/** Runs a program until its output has the text. Returns it with its output so far. */
async function started(words, environment, text) {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, words, { cwd: join(root, 'deploy'), env: { PATH, HOME, ...environment } });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  while (!output.includes(text)) {
    if (child.exitCode !== null) throw new Error(`It ended with exit code ${child.exitCode}: ${output}`);
    await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), once(child, 'close')]);
  }
  return { child, output };
}

async function health(port, ...words) {
  const child = spawn(process.execPath, [join(root, 'deploy/health.mjs'), ...words], {
    env: { WORKER_HOST_WEBSERVER_PORT: String(port) },
    stdio: 'ignore',
  });
  const [exitCode] = await once(child, 'close');
  return exitCode;
}

describe('the image', () => {
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  it('copies files that are there, tracked, and not ignored', () => {
    const kept = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const sources = instructions('COPY')
      .filter((words) => !words.startsWith('--from='))
      .flatMap((words) => words.split(/ +/).slice(0, -1));

    assert(sources.length >= 6, 'few files are copied');
    for (const source of sources) {
      assert(existsSync(join(root, source)), `${source} is not there`);
      assert.notEqual(execFileSync('git', ['ls-files', source], { cwd: root, encoding: 'utf8' }), '', source);
    }
    assert.deepEqual([...new Set(sources)].sort(), kept.sort());
  });

  it('has a Node that every package takes and CI tests, and the pnpm of the workspace', () => {
    const [, major] = /^NODE_IMAGE=node:(\d+)-/m.exec(instructions('ARG').join('\n'));

    assert(read('.ci/run').includes(`with_node ${major} node scripts/test.mjs`), `CI does not test Node ${major}`);
    for (const path of ['package.json', 'deploy/package.json', 'packages/worker-host/package.json']) {
      const [, least] = /^>=(\d+)/.exec(JSON.parse(read(path)).engines.node);
      assert(Number(major) >= Number(least), `${path} does not take Node ${major}`);
    }
    const [, pnpm] = /pnpm@(\d+)/.exec(JSON.parse(read('package.json')).packageManager);
    assert(dockerfile.join('\n').includes(`npm install --global pnpm@${pnpm}`));
  });

  it('starts what the packages install, as the service on ECS and the unit do', () => {
    const bin = (name) => publishedManifest(JSON.parse(read(`packages/${name}/package.json`))).bin;
    const [ecs] = /Command: (\[start.*\])/.exec(read('packages/worker-ecs/templates/service.yaml')).slice(1);
    const path = `node_modules/worker-host/${bin('worker-host')['worker-host'].slice(2)}`;

    assert(instructions('RUN').some((line) => line.includes(`ln -s /app/${path} /usr/local/bin/worker-host`)));
    const localAws = `/opt/local-aws/node_modules/@worker-host/testing/${bin('testing')['local-aws'].slice(2)}`;
    assert.deepEqual(instructions('ENTRYPOINT'), [`["node", "${localAws}"]`, '["worker-host"]']);
    assert.deepEqual(YAML.parse(ecs), workerCommand);
    assert(instructions('HEALTHCHECK')[0].endsWith('CMD ["node", "/app/health.mjs"]'));
    assert(unit.includes(`ExecStart=/usr/bin/node /opt/worker-host/${path} ${workerCommand.join(' ')}\n`));
  });

  it('starts a worker that answers the health check, and ends in order at SIGTERM', async () => {
    const home = mkdtempSync(join(tmpdir(), 'worker-host-image-'));
    const environment = {
      HOME: home,
      WORKER_HOST_HOME: home,
      WORKER_HOST_POOL: 'p',
      WORKER_HOST_WEBSERVER_PORT: '0',
      WORKER_HOST_ORCHESTRATOR: 'embedded',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    const command = join(root, 'packages/worker-host/dist/bundle/worker-host.js');
    const { child, output } = await started([command, ...workerCommand], environment, 'Serving the work pool');
    try {
      const [, port] = /health +http:\/\/localhost:(\d+)/.exec(output);
      assert.equal(await health(port), 0);
      assert.equal(await health(port, 'ready'), 1);

      child.kill('SIGTERM');
      assert.deepEqual(await once(child, 'close'), [0, null]);
      assert.equal(await health(port), 1);
    } finally {
      if (child.exitCode === null) child.kill('SIGKILL');
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    }
  });

  it('starts a local AWS that answers the health check of the compose file', async () => {
    const command = join(root, 'packages/testing/bin/local-aws.js');
    const { output } = await started([command, ...localAwsCommand, '--port', '0', '--json'], {}, '}');
    const [, path] = /127\.0\.0\.1:4566(\/[^']+)'/.exec(services['local-aws'].healthcheck.test.at(-1));
    const { port } = new URL(/http:\/\/[^"]+/.exec(output)[0]);

    assert.equal((await fetch(`http://127.0.0.1:${port}${path}`)).status, 200);
  });
});

describe('the health check of the image', () => {
  it('fails for a worker that is stuck', async () => {
    const asked = [];
    const server = createServer(({ url }, response) => {
      asked.push(url);
      response.writeHead(url === '/health' ? 503 : 200).end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address();
    try {
      assert.equal(await health(port), 1);
      assert.equal(await health(port, 'ready'), 0);
      assert.deepEqual(asked, ['/health', '/ready']);
    } finally {
      server.close();
    }
  });
});

describe('compose file and systemd unit', () => {
  it('build stages that the Dockerfile has', () => {
    const stages = instructions('FROM').map((line) => line.split(' AS ')[1]);

    for (const name of ['local-aws', 'worker']) assert(stages.includes(services[name].build.target), name);
    assert.equal(stages.at(-1), 'worker');
    assert.equal(services.worker.build.dockerfile, 'deploy/Dockerfile');
  });

  it('use settings that exist', () => {
    const assigned = [...`${unit}\n${dockerfile.join('\n')}`.matchAll(/\b(WORKER_HOST_[A-Z_]+)=/g)];
    const names = [...assigned.map(([, name]) => name), ...Object.keys(services.worker.environment)];

    assert(names.includes('WORKER_HOST_HOME') && names.includes('WORKER_HOST_POOL'));
    assert.deepEqual(unknownVariables(Object.fromEntries(names.map((name) => [name, ''])), []), []);
  });

  it('keep the root read-only, and the home writable where the image has it', () => {
    const [volume] = instructions('VOLUME');

    assert.equal(services.worker.read_only, true);
    assert.deepEqual(services.worker.volumes, [`worker:${volume}`]);
    assert(instructions('ENV').some((line) => line.includes(`WORKER_HOST_HOME=${volume}`)));
    assert.deepEqual(instructions('USER'), ['node']);
  });

  it('give a worker longer to stop than its drain takes', () => {
    assert(Number.parseInt(services.worker.stop_grace_period, 10) > 10);
    assert(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)[1]) > 10);
  });

  it('pass systemd-analyze verify, where it is installed', function () {
    const folder = mkdtempSync(join(tmpdir(), 'worker-host-unit-'));
    try {
      const file = join(folder, 'worker-host.service');
      writeFileSync(file, unit.replace('/usr/bin/node', process.execPath));
      const { error, status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
      if (error?.code === 'ENOENT') this.skip();
      assert.equal(`${stdout}${stderr}`, '');
      assert.equal(status, 0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
