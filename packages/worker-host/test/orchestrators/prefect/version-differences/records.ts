import { readFileSync } from 'node:fs';
import type { JsonObject, JsonValue } from '@worker-host/core';

/** What both versions of Prefect did with the same thing. The interop suite repeats it with those that are installed. */
export interface VersionRecord {
  readonly name: string;
  readonly arguments: readonly JsonValue[];
  readonly outcomes: Readonly<Record<'3.8.8' | '3.9.1', JsonValue>>;
}

/** A call of a templating function. */
export interface TemplatingRecord extends VersionRecord {
  readonly function: string;
  readonly options?: { readonly remove_notset?: boolean };
  readonly environment?: Readonly<Record<string, string>>;
  readonly blocks?: readonly { readonly typeSlug: string; readonly name: string; readonly data: JsonObject }[];
}

function read<T>(path: string): readonly T[] {
  return JSON.parse(readFileSync(new URL(`../../../../../../${path}`, import.meta.url), 'utf8')) as readonly T[];
}

export const VERSION_RECORDS = read<VersionRecord>('worker-host/test/fixtures/version-records.json');
export const TEMPLATING_RECORDS = read<TemplatingRecord>('worker-core/test/fixtures/templating-records.json');
