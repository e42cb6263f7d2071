import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PACKAGE_FOLDER } from '../package-folder.js';
import { packageVersion } from '../package-version.js';
import { ProjectDirectoryInvalidError, ProjectDirectoryNotEmptyError } from './plugin-errors.js';

const TEMPLATE = fileURLToPath(new URL('templates/plugin', PACKAGE_FOLDER));

/** Files that a package cannot contain under their names: npm drops the one, and treats the other as a manifest. */
const RENAMED: Readonly<Record<string, string>> = { gitignore: '.gitignore', 'manifest.json': 'package.json' };

export interface NewPluginProject {
  /** Absolute path. Created if it does not exist; otherwise it must be empty. */
  readonly directory: string;
  readonly packageName: string;
  /** The pool type that the plugin serves. */
  readonly type: string;
}

/**
 * Writes a plugin project that builds, passes the conformance kit and runs jobs.
 *
 * @returns the written files, relative to the directory.
 * @throws ProjectDirectoryNotEmptyError, ProjectDirectoryInvalidError
 */
export async function createPluginProject({ directory, packageName, type }: NewPluginProject) {
  const values = { __PACKAGE_NAME__: packageName, __TYPE__: type, __VERSION_RANGE__: `^${packageVersion()}` };
  try {
    await mkdir(directory, { recursive: true });
    if ((await readdir(directory)).length > 0) throw new ProjectDirectoryNotEmptyError(directory);
    const files = (await filesOf(TEMPLATE)).sort();
    for (const file of files) {
      const target = join(directory, nameOf(file));
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, filled(await readFile(join(TEMPLATE, file), 'utf8'), values), { flag: 'wx' });
    }
    return files.map(nameOf);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall === undefined) throw cause;
    throw new ProjectDirectoryInvalidError(directory, (cause as Error).message, { cause });
  }
}

/** Returns files in a directory, relative to it. */
async function filesOf(directory: string, below = ''): Promise<string[]> {
  const entries = await readdir(join(directory, below), { withFileTypes: true });
  const files = entries.map(async (entry) => {
    const path = join(below, entry.name);
    return entry.isDirectory() ? await filesOf(directory, path) : [path];
  });
  return (await Promise.all(files)).flat();
}

function nameOf(file: string): string {
  return RENAMED[file] ?? file;
}

function filled(text: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce((filling, [name, value]) => filling.replaceAll(name, value), text);
}
