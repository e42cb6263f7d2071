import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { check, checkEqual } from '../harness/checks.js';
import type { Scenario } from '../harness/scenario.js';
import { BINARY } from '../harness/worker-process.js';
import { FLOWS } from '../harness/world.js';
import type { Json } from '../server/prefect-client.js';

const run = promisify(execFile);
const SECRET = /KEY|PASSWORD|AUTH_STRING|CONNECTION_URL|CUSTOM_HEADERS/;

/** Each source with something that another one has as well, and with what Prefect omits. */
const FILES: Readonly<Record<string, string>> = {
  '.env': [
    'PREFECT_API_URL="http://broken/api',
    'export PREFECT_WORKER_QUERY_SECONDS=7 # seven',
    'PREFECT_LOGGING_EXTRA_LOGGERS="a, b,c"',
    'BASE=http://dotenv.test',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the file format's own
    'PREFECT_UI_URL=${BASE}/ui/${NOWHERE:-x}',
    "PREFECT_RESULTS_DEFAULT_SERIALIZER='pickle' trailing",
    'PREFECT_TASK_DEFAULT_RETRIES=3',
  ].join('\n'),
  'prefect.toml': '[worker]\nquery_seconds = 9\nheartbeat_seconds = 12\n[deployments]\ndefault_work_pool_name = "p"\n',
  'pyproject.toml': '[tool.prefect.worker]\nheartbeat_seconds = 99\nprefetch_seconds = 1.5\n',
  'profiles.toml': [
    'active = "ignored"',
    '[profiles.local]',
    'PREFECT_LOGGING_LEVEL = "warning"',
    'PREFECT_WORKER_PREFETCH_SECONDS = "20"',
  ].join('\n'),
};

/** What ours reads in a folder full of settings is what the installed Prefect reads there. */
export const settingsAsPrefect: Scenario = {
  name: 'config show knows the settings that Prefect knows, and gives each the value that Prefect gives it',
  isForOldest: true,
  play: async (world) => {
    const home = join(world.parts.folder, 'settings-home');
    const cwd = join(world.parts.folder, 'settings');
    for (const folder of [home, cwd]) mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(cwd, name), `${text}\n`);
    const { bin, prefectVersion } = world.parts.python;
    const env = {
      PATH: `${bin}:${process.env.PATH ?? ''}`,
      HOME: home,
      PREFECT_PROFILES_PATH: join(cwd, 'profiles.toml'),
      PREFECT_PROFILE: 'local',
      PREFECT_API_KEY: 'k',
      prefect_debug_mode: 'no',
    };
    const options = { cwd, env, maxBuffer: 16 * 1024 * 1024 };
    const theirs = JSON.parse((await run(join(bin, 'python'), [`${FLOWS}list_settings.py`], options)).stdout) as Json;
    const ours = JSON.parse(
      (await run(process.execPath, [BINARY, 'config', 'show', '--json'], options)).stdout,
    ) as Json;

    const known: readonly string[] = ours.prefectSettings.map(({ name }: Json) => name);
    checkEqual(
      theirs.names.filter((name: string) => !known.includes(name)),
      [],
      `settings of Prefect ${prefectVersion} that ours does not know`,
    );
    const set = ours.prefectSettings.filter(({ source }: Json) => source !== null);
    const shown = Object.fromEntries(set.map(({ name, value }: Json) => [name, value]));
    const names = [...new Set([...Object.keys(shown), ...Object.keys(theirs.values)])].sort();
    const differences = names.filter((name) => !SECRET.test(name) && shown[name] !== theirs.values[name]);
    checkEqual(
      differences.map((name) => [name, shown[name] ?? null, theirs.values[name] ?? null]),
      [],
      'settings with another value in ours (second) than in Prefect (third)',
    );
    check(Object.keys(shown).length > 8, `only ${Object.keys(shown).length} settings are set`);
    checkEqual(ours.warnings.length, 2, 'lines of .env that are left out');
  },
};
