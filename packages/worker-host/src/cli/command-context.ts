import { isJsonObject, type JsonValue, type Logger, parseJson, SecretRegistry, stringifyJson } from '@worker-host/core';
import type { Command } from 'commander';
import { SettingsInvalidError } from '../configuration/configuration-errors.js';
import { type HostSettings, resolveHostSettings } from '../configuration/resolve-host-settings.js';
import { withoutNamedSecrets } from '../configuration/secret-names.js';
import { SETTING_DEFINITIONS } from '../configuration/setting-definitions.js';
import { describeUnknownVariable, type UnknownVariable, unknownVariables } from '../configuration/unknown-variables.js';
import { LOCAL_TIME, type TimeFormat, UTC_TIME } from '../logging/time-format.js';
import { UsageError } from './cli-errors.js';
import type { CommandIo } from './command-io.js';
import { EXIT_CODES } from './exit-codes.js';
import { createStyles, type Styles } from './output/styles.js';

/** Members that contain objects as the user wrote them. */
const TYPED = ['jobVariables', 'parameters'];

/** Context of every command. */
export class CommandContext {
  readonly secrets = new SecretRegistry();
  readonly styles: Styles;
  /** Format of times: as configured, once the settings are read. */
  times: TimeFormat = LOCAL_TIME;
  /** Set: standard error is a log, and contains nothing else. */
  log: Logger | null = null;
  /** Exit code of the program if the command ends without an error. */
  exitCode: number = EXIT_CODES.OK.code;
  #yaml: ((value: JsonValue) => string) | null = null;
  readonly #said = new Set<string>();

  constructor(
    readonly io: CommandIo,
    /** The arguments after `--`; null: there was no `--`. */
    readonly jobWords: readonly string[] | null,
  ) {
    this.styles = createStyles(io);
  }

  /** The host's settings; flags of this command take precedence. */
  async settings(command: Command): Promise<HostSettings> {
    const { environment, workingDirectory, userHome, platform } = this.io;
    const flags = settingFlags(command.opts());
    try {
      const settings = await resolveHostSettings({ flags, environment, workingDirectory, userHome, platform });
      this.times = settings.get('utc') === true ? UTC_TIME : LOCAL_TIME;
      // A JSON log contains nothing else; start logs them.
      if (settings.get('log-format') !== 'json')
        for (const unknown of this.unknownVariables(null)) this.note(describeUnknownVariable(unknown));
      return settings;
    } catch (error) {
      if (!(error instanceof SettingsInvalidError)) throw error;
      const [first] = error.problems;
      if (first === undefined || error.problems.some(({ where }) => !where.startsWith('--'))) throw error;
      const wrong = error.problems.map(({ where, expected, found }) => `${where} expects ${expected}, found ${found}.`);
      throw new UsageError(wrong.join(' '), `worker-host ${pathOf(command)} --help`);
    }
  }

  /** Variables that look like settings but are not, except those that were already reported. */
  unknownVariables(ofPlugins: readonly string[] | null): readonly UnknownVariable[] {
    const unknown = unknownVariables(this.io.environment, ofPlugins).filter(({ name }) => !this.#said.has(name));
    for (const { name } of unknown) this.#said.add(name);
    return unknown;
  }

  /** Prints a value as JSON. Runs and deployments omit `json`, which repeats them in wire names. */
  json(value: unknown): void {
    this.#printJson(this.#jsonText(value), 2);
  }

  /** Switches JSON output to YAML; each line of JSON becomes a separate document. */
  async answerInYaml(): Promise<void> {
    const { stringify } = await import('yaml');
    this.#yaml = stringify;
  }

  #jsonText(value: unknown): string {
    const fitToShow = (key: string, each: unknown) => {
      if (TYPED.includes(key) && isJsonObject(each)) return withoutNamedSecrets(each);
      return isNounWithWireForm(each) ? { ...each, json: undefined } : each;
    };
    return stringifyJson(value, { replacer: fitToShow });
  }

  /** Prints a value as a single line of JSON. */
  jsonLine(value: object): void {
    this.#printJson(stringifyJson(value));
  }

  #printJson(text: string, indentation?: number): void {
    const redacted = this.secrets.redactJson(parseJson(text));
    if (this.#yaml === null) this.io.out(`${stringifyJson(redacted, { indentation })}\n`);
    else this.io.out(`${indentation === undefined ? '---\n' : ''}${this.#yaml(redacted)}`);
  }

  /** Prints lines for people. */
  say(text: string): void {
    this.io.out(this.secrets.redact(text.endsWith('\n') ? text : `${text}\n`));
  }

  /** Prints a note to standard error, separate from the output; to the log, if standard error is a log. */
  note(text: string): void {
    if (this.log !== null) this.log.info(text.trimEnd());
    else this.io.err(this.secrets.redact(text.endsWith('\n') ? text : `${text}\n`));
  }
}

function isNounWithWireForm(value: unknown): value is { readonly json: unknown } {
  return isJsonObject(value) && isJsonObject(value.json) && value.json.id !== undefined && value.json.id === value.id;
}

/** Returns the words of a command: `pool create`. */
export function pathOf(command: Command): string {
  const names: string[] = [];
  for (let each: Command | null = command; each?.parent; each = each.parent) names.unshift(each.name());
  return names.join(' ');
}

function settingFlags(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const flags = new Map<string, unknown>();
  for (const { name } of SETTING_DEFINITIONS) {
    const value = options[name.replace(/-./g, (dashAndLetter) => dashAndLetter.slice(1).toUpperCase())];
    if (value !== undefined) flags.set(name, value);
  }
  return Object.fromEntries(flags);
}
