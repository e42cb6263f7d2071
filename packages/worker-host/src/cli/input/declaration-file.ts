import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue, problemLine } from '@worker-host/core';
import type { Administration } from '../../orchestrators/embedded/administration-types.js';
import { DECLARATION_SCHEMA } from '../../orchestrators/embedded/deployments/declaration-schema.js';
import type { Declaration } from '../../orchestrators/embedded/deployments/declarations.js';
import { problemsOfValues } from '../../orchestrators/embedded/input/json-schema-problems.js';
import { InputFileInvalidError } from '../cli-errors.js';
import type { CommandContext } from '../command-context.js';
import { isPrefectFile, readPrefectFile } from '../prefect-file/read-prefect-file.js';

const WHAT = 'file';
/** Keys of which a schedule has exactly one. */
const KINDS = ['cron', 'interval', 'rrule'] as const;

export const DECLARATION_FORMATS = ['yaml', 'toml', 'json'] as const;
export type DeclarationFormat = (typeof DECLARATION_FORMATS)[number];

/**
 * Reads a file for `apply`: TOML by its file extension, otherwise YAML, which includes JSON. `-` is standard input. A
 * prefect.yaml is recognised by its list of deployments.
 *
 * @param outputs values for outputs of build steps in a prefect.yaml.
 * @throws InputFileInvalidError with every problem and its position in the file.
 */
export async function readDeclaration(
  context: CommandContext,
  administration: Administration,
  file: string,
  outputs: JsonObject,
): Promise<Declaration> {
  const { io } = context;
  const path = file === '-' ? 'standard input' : resolve(io.workingDirectory, file);
  const text = file === '-' ? await io.readInput() : readText(path);
  const value = await parse(path, text);
  if (isPrefectFile(value)) {
    const yaml = await import('yaml');
    const { environment } = io;
    // Read as YAML 1.1, as Prefect does.
    const prefectFile = JSON.parse(
      JSON.stringify(yaml.parse(text, { version: '1.1', merge: true, maxAliasCount: 100 })),
    );
    const { declaration, ignored, problems } = await readPrefectFile(prefectFile, administration, {
      environment,
      outputs,
    });
    if (problems.length > 0) throw new InputFileInvalidError(WHAT, path, problems);
    if (ignored.length > 0) context.note(`Not read from ${file}: ${ignored.join('; ')}.`);
    return declaration;
  }
  if (!isJsonObject(value)) throw new InputFileInvalidError(WHAT, path, ['$: expected an object']);
  const problems = [
    ...problemsOfValues(value, DECLARATION_SCHEMA, { isExact: true }).map(problemLine),
    ...scheduleProblems(value),
  ];
  if (problems.length > 0) throw new InputFileInvalidError(WHAT, path, problems);
  return value as Declaration;
}

/** Returns the text of a file for `apply`. */
export async function writeDeclaration(declaration: Declaration, format: DeclarationFormat): Promise<string> {
  const value = declaration as JsonObject;
  switch (format) {
    case 'json':
      return `${JSON.stringify(value, null, 2)}\n`;
    case 'toml': {
      const { stringify } = await import('smol-toml');
      return `${stringify(withoutNulls(value) as JsonObject)}\n`;
    }
    case 'yaml': {
      const { stringify } = await import('yaml');
      return stringify(value);
    }
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new InputFileInvalidError(WHAT, path, ['it cannot be read; check the path and its permissions'], {
      cause: error,
    });
  }
}

async function parse(path: string, text: string): Promise<JsonValue> {
  try {
    if (path.endsWith('.toml')) {
      const toml = await import('smol-toml');
      return JSON.parse(JSON.stringify(toml.parse(text)));
    }
    const yaml = await import('yaml');
    return JSON.parse(JSON.stringify(yaml.parse(text, { prettyErrors: true, maxAliasCount: 100 }) ?? {}));
  } catch (error) {
    throw new InputFileInvalidError(WHAT, path, [error instanceof Error ? error.message : String(error)], {
      cause: error,
    });
  }
}

/** A schedule has one kind of times: checked here because the schema's own message would not help. */
function scheduleProblems({ deployments }: JsonObject): readonly string[] {
  if (!isJsonObject(deployments ?? null)) return [];
  return Object.entries(deployments as JsonObject).flatMap(([name, deployment]) => {
    const schedules = isJsonObject(deployment) ? deployment.schedules : [];
    if (!Array.isArray(schedules)) return [];
    return (schedules as readonly JsonValue[]).flatMap((schedule, index) =>
      isJsonObject(schedule) && KINDS.filter((kind) => schedule[kind] !== undefined).length !== 1
        ? [`deployments.${name}.schedules.${index}: expected one of ${KINDS.join(', ')}`]
        : [],
    );
  });
}

/** TOML has no null; a null in a file for `apply` means the default. */
function withoutNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== null)
      .map(([name, each]) => [name, withoutNulls(each)]),
  );
}
