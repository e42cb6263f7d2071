import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Made by .ci/run: a Python environment with moto. */
const VENV = process.env.WORKER_HOST_CFN_VENV || join(homedir(), '.cache', 'worker-host', 'cfn-venv');

/** Whether moto is installed, for the pages that run on it. */
export const hasMoto = existsSync(join(VENV, 'bin', 'moto_server'));

/** Starts the local AWS. @returns environment of its callers, and what stops it */
export async function startLocalAws() {
  const command = [join(root, 'packages/testing/bin/local-aws.js'), '--json', '--port', '0'];
  const process_ = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const { environment } = JSON.parse(await firstLineOf(process_.stdout));
  return { environment, stop: () => process_.kill() };
}

/** Starts moto, with an account as new ones of AWS are. @returns as {@link startLocalAws} */
export async function startMoto() {
  const port = await freePort();
  const moto = spawn(join(VENV, 'bin', 'moto_server'), ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  while (!(await isUp(url))) {
    if (moto.exitCode !== null) throw new Error(`moto ended with ${moto.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const environment = {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'k',
    AWS_SECRET_ACCESS_KEY: 's',
    PYTHON: join(VENV, 'bin', 'python'),
  };
  const prepare = join(root, 'scripts/guides/prepare_moto.py');
  const { status, stderr } = spawnSync(environment.PYTHON, [prepare], { env: environment, encoding: 'utf8' });
  if (status !== 0) throw new Error(`moto could not be prepared: ${stderr}`);
  return { environment, stop: () => moto.kill() };
}

function isUp(url) {
  return fetch(`${url}/moto-api/data.json`).then(
    ({ ok }) => ok,
    () => false,
  );
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function firstLineOf(stream) {
  for await (const line of createInterface({ input: stream })) return line;
  throw new Error('Local AWS did not start');
}
