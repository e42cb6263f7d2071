import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type JsonObject, type JsonValue, parseJson } from '@worker-host/core';
import { unknownKeys } from './case-keys.js';
import type { OracleCase } from './case-types.js';

/** The file of a case: the case, or why it cannot be run. */
export type CaseFile =
  | { readonly path: string; readonly case: OracleCase }
  | { readonly path: string; readonly problem: string };

/** Reads the cases in a directory, in order of their paths. */
export async function readCases(directory: string): Promise<readonly CaseFile[]> {
  const names = (await readdir(directory, { recursive: true })).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(names.map((name) => readCase(join(directory, name))));
}

async function readCase(path: string): Promise<CaseFile> {
  try {
    const text = await readFile(path, 'utf8');
    // Numbers of the input keep their text; expectations are compared by value.
    const { input } = parseJson(text) as JsonObject;
    return { path, ...parseCase({ ...JSON.parse(text), input }) };
  } catch (error) {
    return { path, problem: `cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** Validates a case, or reports its unknown keys. */
export function parseCase(value: JsonValue): { readonly case: OracleCase } | { readonly problem: string } {
  const unknown = unknownKeys(value);
  if (unknown.length > 0) return { problem: `unknown keys: ${unknown.join(', ')}` };
  return { case: value as unknown as OracleCase };
}
