import { nearest } from '@worker-host/core';
import { type SettingProblem, SettingsInvalidError } from './configuration-errors.js';
import { type ConfigurationFile, readConfigurationFile } from './configuration-file.js';
import { defaultDataDirectory } from './default-data-directory.js';
import { expectationOf, parseSettingText, parseSettingValue } from './parse-setting.js';
import {
  environmentNameOf,
  fileKeyOf,
  SETTING_DEFINITIONS,
  type SettingDefinition,
  type SettingName,
  type SettingValue,
} from './setting-definitions.js';

/** Sources of settings. */
export interface SettingSources {
  /** Flags of the command line by setting name; absent or undefined: not given. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly userHome: string;
  readonly platform: string;
}

/** Source of a setting. */
export interface HostSettingSource {
  /** `--pool`, `WORKER_HOST_POOL`, or the key of the configuration file. */
  readonly name: string;
  /** Null: a flag or an environment variable. */
  readonly file: string | null;
  /** Line number from 1; null: not in a file. */
  readonly line: number | null;
}

interface Found {
  readonly value: unknown;
  readonly source: HostSettingSource;
}

/** The settings of the host as found, each with its source. */
export class HostSettings {
  constructor(
    readonly sources: SettingSources,
    /** Absolute path of the configuration file; null: there is none. */
    readonly filePath: string | null,
    private readonly found: ReadonlyMap<string, Found>,
  ) {}

  /** Undefined: not set. */
  get<Name extends SettingName>(name: Name): SettingValue<Name> | undefined {
    return this.found.get(name)?.value as SettingValue<Name> | undefined;
  }

  /** Undefined: not set. */
  originOf(name: SettingName): HostSettingSource | undefined {
    return this.found.get(name)?.source;
  }

  /** For people: `--pool`, `WORKER_HOST_POOL` or `pool in <file>:<line>`; undefined: not set. */
  sourceOf(name: SettingName): string | undefined {
    const source = this.originOf(name);
    return source && describeHostSource(source);
  }

  /** Directory of the embedded pool's data. */
  get home(): string {
    const { environment, userHome, platform } = this.sources;
    return this.get('home') ?? defaultDataDirectory(environment, userHome, platform);
  }
}

/** Describes the source. */
export function describeHostSource({ name, file, line }: HostSettingSource): string {
  return file === null ? name : `${name} in ${file}${line === null ? '' : `:${line}`}`;
}

/**
 * Reads every setting: flag, then environment variable, then configuration file.
 *
 * @throws SettingsInvalidError with every problem.
 */
export async function resolveHostSettings(sources: SettingSources): Promise<HostSettings> {
  const problems: SettingProblem[] = [];
  const found = new Map<string, Found>();
  for (const definition of SETTING_DEFINITIONS) {
    const entry = fromFlag(definition, sources, problems) ?? fromEnvironment(definition, sources, problems);
    if (entry !== undefined) found.set(definition.name, entry);
  }
  const beforeFile = new HostSettings(sources, null, found);
  const file = await readConfigurationFile({
    named: beforeFile.get('config'),
    workingDirectory: sources.workingDirectory,
    home: beforeFile.home,
  });
  if (file !== null) addFromFile(file, found, problems);
  if (problems.length > 0) throw new SettingsInvalidError(problems);
  return new HostSettings(sources, file?.path ?? null, found);
}

function fromFlag(
  definition: SettingDefinition,
  { flags }: SettingSources,
  problems: SettingProblem[],
): Found | undefined {
  const given = flags[definition.name];
  if (given === undefined) return undefined;
  const source = `--${definition.name}`;
  const parsed =
    typeof given === 'string'
      ? parseSettingText(definition.kind === 'list' ? 'string' : definition.kind, given, definition.minimum)
      : { value: given };
  if ('value' in parsed) return { value: parsed.value, source: { name: source, file: null, line: null } };
  problems.push({ where: source, expected: parsed.expected, found: JSON.stringify(given) });
  return undefined;
}

function fromEnvironment(
  definition: SettingDefinition,
  { environment }: SettingSources,
  problems: SettingProblem[],
): Found | undefined {
  const source = environmentNameOf(definition.name as SettingName);
  const text = environment[source];
  if (text === undefined || text === '') return undefined;
  const parsed = parseSettingText(definition.kind, text, definition.minimum);
  if ('value' in parsed) return { value: parsed.value, source: { name: source, file: null, line: null } };
  problems.push({ where: source, expected: parsed.expected, found: JSON.stringify(text) });
  return undefined;
}

function addFromFile(file: ConfigurationFile, found: Map<string, Found>, problems: SettingProblem[]): void {
  const known = new Map(
    SETTING_DEFINITIONS.filter((definition) => definition.inFile).map((definition) => [
      fileKeyOf(definition.name),
      definition as SettingDefinition,
    ]),
  );
  for (const [key, value] of Object.entries(file.values)) {
    const source = { name: key, file: file.path, line: file.lines.lineOf([key]) };
    const where = describeHostSource(source);
    const definition = known.get(key);
    if (definition === undefined) {
      const guess = nearest(key, [...known.keys()]);
      const expected = guess === undefined ? 'a setting of docs/cli.md' : `a setting (did you mean ${guess}?)`;
      problems.push({ where, expected, found: 'an unknown key' });
      continue;
    }
    const parsed = parseSettingValue(definition.kind, value, definition.minimum);
    if ('expected' in parsed) {
      const expected = expectationOf(definition.kind, definition.minimum);
      problems.push({ where, expected, found: JSON.stringify(value) });
    } else if (!found.has(definition.name)) found.set(definition.name, { value: parsed.value, source });
  }
}
