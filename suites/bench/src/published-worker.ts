import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const DEPLOY = ['--config.inject-workspace-packages=true', '--config.node-linker=hoisted', '--prefer-offline'];

/** worker-host and the ECS plugin as published: the bundles. */
export interface PublishedWorker {
  /** The command, which takes the plugins that are installed in its working directory. */
  readonly binary: string;
  readonly folder: string;
}

let installed: PublishedWorker | null = null;

/** Installs them once, in a folder that is deleted when this process ends. */
export function publishedWorker(): PublishedWorker {
  installed ??= install();
  return installed;
}

function install(): PublishedWorker {
  const root = mkdtempSync(join(tmpdir(), 'worker-host-published-'));
  process.on('exit', () => rmSync(root, { recursive: true, force: true }));
  const folder = join(root, 'app');
  const words = ['-y', 'pnpm@10', ...DEPLOY, '--filter', '@worker-host/image', 'deploy', '--prod', folder];
  execFileSync('npx', words, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  const modules = join(folder, 'node_modules');
  const plugins = readdirSync(join(modules, '@worker-host')).map((name) => join(modules, '@worker-host', name));
  execFileSync(process.execPath, [join(ROOT, 'scripts/publish-config.mjs'), join(modules, 'worker-host'), ...plugins]);
  return { binary: join(modules, 'worker-host/dist/bundle/worker-host.js'), folder };
}
