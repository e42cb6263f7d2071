import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Declaration } from '../../orchestrators/embedded/deployments/declarations.js';
import { InputFileInvalidError } from '../cli-errors.js';
import type { CommandContext } from '../command-context.js';
import { FLOWS_FILE } from './generated-flows.js';
import { writePrefectFile } from './write-prefect-file.js';

const PREFECT_FILE = 'prefect.yaml';

/**
 * Writes prefect.yaml, and the flows that it needs, into a directory. Existing files are not overwritten. @throws
 * InputFileInvalidError
 */
export async function writePrefectProject(
  context: CommandContext,
  declaration: Declaration,
  directory: string,
): Promise<void> {
  const { stringify } = await import('yaml');
  const { file, flows, omitted } = writePrefectFile(declaration);
  const target = resolve(context.io.workingDirectory, directory);
  // Prefect reads YAML 1.1, in which `on` and `12:30` are texts only if quoted.
  write(target, PREFECT_FILE, stringify(file, { version: '1.1', aliasDuplicateObjects: false }));
  if (flows !== null) write(target, FLOWS_FILE, flows);
  context.say(`Wrote ${[PREFECT_FILE, ...(flows === null ? [] : [FLOWS_FILE])].join(' and ')} to ${target}.`);
  if (omitted.length > 0) context.note(`Omitted, because a prefect.yaml cannot express it: ${omitted.join('; ')}.`);
  const pools = Object.entries(declaration.pools ?? {}).map(([name, form]) => {
    const { type } = form as { readonly type?: string };
    return `prefect work-pool create ${name} --type ${type}`;
  });
  context.note(
    `Create the pools first, then deploy in that directory:\n${[...pools, 'prefect deploy --all'].map((line) => `  ${line}`).join('\n')}`,
  );
}

function write(directory: string, name: string, text: string): void {
  const path = join(directory, name);
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST';
    const problem = isThere
      ? 'the file already exists; choose another directory'
      : 'the file cannot be written; check the permissions';
    throw new InputFileInvalidError('directory', path, [problem], { cause: error });
  }
}
