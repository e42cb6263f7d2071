import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** The folders of the published packages, by package name. */
export const PACKAGES = {
  '@worker-host/core': join(ROOT, 'packages/worker-core'),
  '@worker-host/ecs': join(ROOT, 'packages/worker-ecs'),
  '@worker-host/testing': join(ROOT, 'packages/testing'),
  'worker-host': join(ROOT, 'packages/worker-host'),
} as const;

export type PackageName = keyof typeof PACKAGES;

export const PACKAGE_NAMES = Object.keys(PACKAGES) as PackageName[];

/** Result of a command. */
export interface Ran {
  readonly status: number | null;
  /** Standard output, then standard error. */
  readonly text: string;
}

/** A directory outside the workspace, and the packages as published. */
export class Outside {
  readonly directory = mkdtempSync(join(tmpdir(), 'worker-host-packed-'));

  /** Packs a package. Returns the path of its archive. */
  pack(name: PackageName): string {
    const to = mkdtempSync(join(this.directory, 'archive-'));
    const { status, text } = this.run(PACKAGES[name], 'npx', '-y', 'pnpm@10', 'pack', '--pack-destination', to);
    const [archive] = readdirSync(to);
    if (status !== 0 || archive === undefined) throw new Error(`${name} cannot be packed: ${text}`);
    return join(to, archive);
  }

  /** Unpacks an archive. Returns the folder of its files. */
  unpack(archive: string): string {
    const to = mkdtempSync(join(this.directory, 'unpacked-'));
    const { status, text } = this.run(to, 'tar', '-xzf', archive);
    if (status !== 0) throw new Error(`${archive} cannot be unpacked: ${text}`);
    return join(to, 'package');
  }

  /** Makes a project depend on these archives, by package name, instead of published versions. */
  dependOn(project: string, archives: Readonly<Record<string, string>>): void {
    const file = join(project, 'package.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as { devDependencies: Record<string, string> };
    for (const [name, archive] of Object.entries(archives)) manifest.devDependencies[name] = `file:${archive}`;
    writeFileSync(file, JSON.stringify(manifest, null, 2));
  }

  /** Runs a command with an environment like a user's. */
  run(directory: string, command: string, ...words: readonly string[]): Ran {
    const { PATH, HOME } = process.env;
    const settings = Object.entries(process.env).filter(([name]) =>
      /^npm_config_(?:registry|cache|cafile)$/i.test(name),
    );
    const env = { ...Object.fromEntries(settings), PATH, HOME, WORKER_HOST_HOME: join(this.directory, 'home') };
    const { status, stdout, stderr } = spawnSync(command, words, { cwd: directory, env, encoding: 'utf8' });
    return { status, text: `${stdout}${stderr}` };
  }

  dispose(): void {
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }
}
