import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PREFECT_PINS, type PrefectPin } from './pins.js';

const run = promisify(execFile);
const INSTALL_TIMEOUT_MS = 10 * 60_000;

/** There is no Python that could carry the server. */
export class PythonMissingError extends Error {}

/** A virtual environment with Prefect in it. */
export interface PythonEnvironment {
  /** The version of Prefect. */
  readonly prefectVersion: string;
  /** Its `bin`, with `python` and `prefect`. */
  readonly bin: string;
  /** Folder for what outlives one run of the suite. */
  readonly cache: string;
}

/**
 * Returns the virtual environment of a pinned version of Prefect (default: the newest), making it in the user's cache
 * when it does not exist.
 *
 * @throws PythonMissingError
 */
export async function pythonEnvironment(
  say: (line: string) => void,
  pin: PrefectPin = PREFECT_PINS[0],
): Promise<PythonEnvironment> {
  const python = await findPython(pin.oldestPythonMinor);
  const key = createHash('sha256')
    .update([python.version, ...pin.requirements].join('\n'))
    .digest('hex')
    .slice(0, 12);
  const root = process.env.XDG_CACHE_HOME || tmpdir();
  const cache = join(root, 'worker-host-interop', key);
  const home = join(cache, 'venv');
  if (!existsSync(join(home, 'complete'))) {
    say(`making a Python environment with ${pin.requirements.join(', ')}`);
    mkdirSync(cache, { recursive: true });
    rmSync(home, { recursive: true, force: true });
    await install(python.command, home, pin.requirements);
  }
  return { prefectVersion: pin.version, bin: join(home, 'bin'), cache };
}

async function install(python: string, home: string, requirements: readonly string[]): Promise<void> {
  const options = { timeout: INSTALL_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 };
  await run(python, ['-m', 'venv', home], options);
  const bin = join(home, 'bin');
  await run(join(bin, 'pip'), ['install', '-q', '--disable-pip-version-check', 'uv'], options);
  const uv = ['pip', 'install', '-q', '-p', join(bin, 'python'), '--compile-bytecode', ...requirements];
  await run(join(bin, 'uv'), uv, options);
  await run(join(bin, 'python'), ['-c', `open(${JSON.stringify(join(home, 'making'))}, 'w').close()`], options);
  renameSync(join(home, 'making'), join(home, 'complete'));
}

async function findPython(oldestMinor: number): Promise<{ readonly command: string; readonly version: string }> {
  const probe = 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])';
  for (const command of ['python3', 'python3.12', 'python3.11', 'python3.13', 'python3.14', 'python3.10', 'python']) {
    try {
      const version = (await run(command, ['-c', probe])).stdout.trim();
      const [major = 0, minor = 0] = version.split('.').map(Number);
      if (major === 3 && minor >= oldestMinor) return { command, version };
    } catch {
      // Not this one.
    }
  }
  throw new PythonMissingError(`no Python of at least 3.${oldestMinor} with venv was found`);
}
