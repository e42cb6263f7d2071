import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { publicText } from '../inputs.js';
import { connection, hostSettings, prefectSettings } from '../internals.js';
import { must, outcomeOf, property, SECRET } from '../property.js';

const folder = mkdtempSync(join(tmpdir(), 'worker-host-fuzz-files-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, '.prefect'));

const ENCODED = encodeURIComponent(SECRET);
const LINES = [
  'pool = "p"',
  'pool = 7',
  'limit = "many"',
  'work_queue = ["a", 7]',
  'active = "a"',
  '[profiles.a]',
  '[profiles]',
  '[[profiles]]',
  `PREFECT_API_KEY = "${SECRET}"`,
  `PREFECT_API_KEY="${SECRET}`,
  `PREFECT_API_KEY=${SECRET}`,
  `export PREFECT_API_KEY='${SECRET}'`,
  `PREFECT_API_URL = "http://user:${ENCODED}@host/api"`,
  `PREFECT_API_URL=http://user:${ENCODED}@host:port/api`,
  `PREFECT_CLIENT_CUSTOM_HEADERS = '{"X-Token": "${SECRET}"}'`,
  `PREFECT_CLIENT_CUSTOM_HEADERS='{"X Token": "${SECRET}"'`,
  `PREFECT_API_AUTH_STRING = "admin:${SECRET}"`,
  'PREFECT_CLIENT_MAX_RETRIES=1e999',
  'PREFECT_API_REQUEST_TIMEOUT="soon"',
  '[api]',
  `key = "${SECRET}"`,
  '[tool.prefect.api]',
  'a.b.c = 1',
  'a = [[[[',
  '"""',
  "'''",
] as const;

const line = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...LINES) },
  { weight: 1, arbitrary: publicText },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...LINES), fc.nat(40), publicText)
      .map(([each, at, odd]) => each.slice(0, at) + odd.slice(0, 50) + each.slice(at)),
  },
);
/** Where a secret is cut apart, its parts are no secret any more. */
const file = fc.array(line, { maxLength: 8 }).map((lines) => lines.join('\n'));

const setting = fc.constantFrom(
  'WORKER_HOST_POOL',
  'WORKER_HOST_LIMIT',
  'WORKER_HOST_DRAIN',
  'WORKER_HOST_WORK_QUEUE',
  'WORKER_HOST_QUERY_SECONDS',
);

export const files = [
  property({
    name: 'prefect-settings',
    weight: 5,
    inputs: fc.record({
      env: file,
      toml: fc.oneof(fc.constant(''), file),
      profiles: fc.oneof(fc.constant(''), file),
      key: fc.constantFrom(undefined, SECRET, `${SECRET}\n`, `${SECRET}\u{1f600}`),
    }),
    async check({ env, toml, profiles, key }) {
      writeFileSync(join(folder, '.env'), env);
      writeFileSync(join(folder, 'prefect.toml'), toml);
      writeFileSync(join(folder, '.prefect', 'profiles.toml'), profiles);
      const environment = key === undefined ? {} : { PREFECT_API_KEY: key };
      const warnings: string[] = [];
      const resolved = await outcomeOf(() => {
        const settings = prefectSettings.resolvePrefectSettings({ environment, cwd: folder, homeDirectory: folder });
        warnings.push(...settings.warnings);
        return { settings, connection: connection.connectionOf(settings, environment, warnings) };
      });
      if ('error' in resolved) return;
      const { settings, connection: made } = resolved.value;
      const told = [...warnings, settings.describeApiUrl(), made?.apiUrl ?? '', made?.source ?? ''].join('\n');
      must(!told.includes(SECRET) && !told.includes(ENCODED), `no warning tells a secret: ${told.slice(0, 300)}`);
    },
  }),
  property({
    name: 'host-settings',
    weight: 4,
    inputs: fc.record({ toml: file, environment: fc.dictionary(setting, publicText) }),
    async check({ toml, environment }) {
      writeFileSync(join(folder, 'worker-host.toml'), toml);
      await outcomeOf(() =>
        hostSettings.resolveHostSettings({
          flags: {},
          environment,
          workingDirectory: folder,
          userHome: folder,
          platform: 'linux',
        }),
      );
    },
  }),
];
