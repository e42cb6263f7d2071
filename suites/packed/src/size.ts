import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PACKAGES, type PackageName } from './outside.js';

/** Installed size of a package. */
export interface Size {
  /** Bytes of the package's own archive. */
  readonly archive: number;
  /** Bytes of all files of the package and its dependencies, at the versions of the lock file, on this platform. */
  readonly installed: number;
  /** The package and its dependencies. */
  readonly packages: number;
}

const STATED = /^Size: archive (\d+) kB, installed (\d+\.\d) MB in (\d+) packages\.$/m;

/** Measures a package from its archive and from the archives' unpacked files, by package name. */
export function measureSize(name: PackageName, archive: string, unpacked: Readonly<Record<string, string>>): Size {
  const folders = new Map<string, string>();
  const open: string[] = [PACKAGES[name]];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    if (folders.has(folder)) continue;
    const manifest = readManifest(folder);
    folders.set(folder, unpacked[manifest.name] ?? folder);
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta = {} } = manifest;
    for (const dependency of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      // Peers are installed by whoever wants what they are for.
      if (peerDependenciesMeta[dependency]?.optional === true) continue;
      const found = folderOf(dependency, folder);
      // Optional dependencies of other platforms are not installed.
      if (found !== null) open.push(found);
    }
  }
  const installed = [...folders.values()].reduce((sum, folder) => sum + bytesIn(folder), 0);
  return { archive: statSync(archive).size, installed, packages: folders.size };
}

/** Returns the size in a README, or null. */
export function statedSize(readme: string): Size | null {
  const match = STATED.exec(readme);
  if (match === null) return null;
  const [archiveKb = 0, installedMb = 0, packages = 0] = match.slice(1).map(Number);
  return { archive: archiveKb * 1_000, installed: installedMb * 1_000_000, packages };
}

/** Returns the README with this size instead. */
export function stateSize(readme: string, { archive, installed, packages }: Size): string {
  const [kb, mb] = [Math.round(archive / 1_000), (installed / 1_000_000).toFixed(1)];
  return readme.replace(STATED, `Size: archive ${kb} kB, installed ${mb} MB in ${packages} packages.`);
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

function folderOf(name: string, from: string): string | null {
  for (const folder of createRequire(join(from, 'package.json')).resolve.paths(name) ?? []) {
    try {
      return dirname(realpathSync(join(folder, name, 'package.json')));
    } catch {
      // It is not in this folder.
    }
  }
  return null;
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? sum : sum + bytesIn(path);
    return entry.isFile() ? sum + statSync(path).size : sum;
  }, 0);
}
