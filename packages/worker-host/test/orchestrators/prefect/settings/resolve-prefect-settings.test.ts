import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { forwardedSettings } from '../../../../src/orchestrators/prefect/settings/forwarded-settings.js';
import { resolvePrefectSettings } from '../../../../src/orchestrators/prefect/settings/resolve-prefect-settings.js';
import { describeSource } from '../../../../src/orchestrators/prefect/settings/setting-source.js';
import {
  PrefectSettingsFileError,
  PrefectSettingsInvalidError,
} from '../../../../src/orchestrators/prefect/settings/settings-errors.js';

describe('resolvePrefectSettings', () => {
  let root: string;
  let cwd: string;
  let homeDirectory: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'prefect-settings-'));
    cwd = join(root, 'work');
    homeDirectory = join(root, 'home');
    mkdirSync(cwd);
    mkdirSync(join(homeDirectory, '.prefect'), { recursive: true });
  });

  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  const resolve = (environment: Record<string, string> = {}) =>
    resolvePrefectSettings({ environment, cwd, homeDirectory });
  const put = (name: string, text: string): Record<string, string> => {
    writeFileSync(join(cwd, name), text);
    return {};
  };
  const putProfiles = (text: string): Record<string, string> => {
    writeFileSync(join(homeDirectory, '.prefect', 'profiles.toml'), text);
    return {};
  };

  const SOURCES: readonly { readonly kind: string; put(url: string): Record<string, string> }[] = [
    { kind: 'environment', put: (url) => ({ PREFECT_API_URL: url }) },
    {
      kind: 'dotenv',
      put: (url) => put('.env', `PREFECT_API_URL=${url}\n`),
    },
    {
      kind: 'prefect.toml',
      put: (url) => put('prefect.toml', `[api]\nurl = "${url}"\n`),
    },
    {
      kind: 'pyproject.toml',
      put: (url) => put('pyproject.toml', `[tool.prefect.api]\nurl = "${url}"\n`),
    },
    {
      kind: 'profile',
      put: (url) => putProfiles(`active = "p"\n[profiles.p]\nPREFECT_API_URL = "${url}"\n`),
    },
  ];

  for (const [index, strongest] of SOURCES.entries()) {
    it(`prefers ${strongest.kind} to all weaker sources`, () => {
      const environment = Object.assign(
        {},
        ...SOURCES.slice(index).map((source) => source.put(`http://${source.kind}`)),
      );

      const settings = resolve(environment);

      expect(settings.apiUrl?.value).to.equal(`http://${strongest.kind}`);
      expect(settings.apiUrl?.source.kind).to.equal(strongest.kind);
    });
  }

  it('names no server when nothing is set, and lists the sources it read', () => {
    const settings = resolve();

    expect(settings.apiUrl).to.equal(null);
    expect(settings.describeApiUrl()).to.contain('built-in profile "ephemeral"');
    expect(forwardedSettings(settings)).to.deep.equal({ PREFECT_SERVER_EPHEMERAL_ENABLED: 'True' });
  });

  it('hides a weaker source behind an empty value', () => {
    putProfiles('active = "p"\n[profiles.p]\nPREFECT_API_URL = "http://profile/api"\n');

    const settings = resolve({ PREFECT_API_URL: '' });

    expect(settings.apiUrl).to.equal(null);
    expect(settings.describeApiUrl()).to.equal(
      'no server: PREFECT_API_URL is empty (environment variable PREFECT_API_URL)',
    );
  });

  it('matches environment names case-insensitively', () => {
    const settings = resolve({ prefect_api_url: 'http://low/api' });

    expect(settings.apiUrl?.value).to.equal('http://low/api');
    expect(describeSource(settings.apiUrl?.source ?? expect.fail())).to.equal('environment variable prefect_api_url');
  });

  it('accepts an older name, but prefers the canonical one', () => {
    expect(resolve({ PREFECT_LOGGING_INTERNAL_LEVEL: 'debug' }).text('PREFECT_INTERNAL_LOGGING_LEVEL')).to.equal(
      'DEBUG',
    );
    expect(
      resolve({ PREFECT_LOGGING_INTERNAL_LEVEL: 'debug', PREFECT_INTERNAL_LOGGING_LEVEL: 'info' }).text(
        'PREFECT_INTERNAL_LOGGING_LEVEL',
      ),
    ).to.equal('INFO');
  });

  it('merges sources setting by setting', () => {
    put('.env', 'PREFECT_API_KEY=from-dotenv\n');
    put('prefect.toml', '[worker]\nquery_seconds = 3\n[api]\nkey = "from-toml"\n');

    const settings = resolve({ PREFECT_API_URL: 'http://env/api' });

    expect(settings.apiUrl?.value).to.equal('http://env/api');
    expect(settings.text('PREFECT_API_KEY')).to.equal('from-dotenv');
    expect(settings.number('PREFECT_WORKER_QUERY_SECONDS', 10)).to.equal(3);
    expect(settings.secrets()).to.deep.equal(['from-dotenv']);
  });

  describe('the profile', () => {
    const TWO =
      'active = "a"\n[profiles.a]\nPREFECT_API_URL = "http://a"\n[profiles.b]\nPREFECT_API_URL = "http://b"\n';

    it('is the one PREFECT_PROFILE names, only in the environment', () => {
      putProfiles(TWO);
      put('.env', 'PREFECT_PROFILE=b\n');

      expect(resolve().apiUrl?.value).to.equal('http://a');
      expect(resolve({ PREFECT_PROFILE: 'b' }).apiUrl?.value).to.equal('http://b');
    });

    for (const [what, text, environment, where] of [
      ['PREFECT_PROFILE', TWO, { PREFECT_PROFILE: 'c' }, 'environment variable PREFECT_PROFILE'],
      ['active', `# first\n${TWO.replace('"a"', '"c"')}`, {}, 'profiles.toml:2'],
    ] as const) {
      it(`is Prefect's default, with a warning, when ${what} names one that does not exist`, () => {
        putProfiles(text);

        const settings = resolve(environment);

        expect(settings.apiUrl).to.equal(null);
        expect(settings.profile.name).to.equal('ephemeral');
        expect(settings.profile.missing?.name).to.equal('c');
        expect(settings.profile.missing?.known).to.deep.equal(['a', 'b']);
        expect(settings.warnings.join()).to.contain('Prefect profile "c"').and.to.contain(where);
      });
    }

    it('may be one that Prefect ships if there is no file', () => {
      const settings = resolve({ PREFECT_PROFILE: 'local' });

      expect(settings.apiUrl?.value).to.equal('http://127.0.0.1:4200/api');
      expect(settings.warnings).to.deep.equal([]);
      expect(describeSource(settings.apiUrl?.source ?? expect.fail())).to.equal(`Prefect's built-in profile "local"`);
    });

    it('is defined only by the file if there is one', () => {
      putProfiles('active = "local"\n[profiles.local]\nPREFECT_API_KEY = "k"\n');

      const settings = resolve();

      expect(settings.apiUrl).to.equal(null);
      expect(settings.text('PREFECT_API_KEY')).to.equal('k');
      putProfiles(TWO);
      expect(resolve({ PREFECT_PROFILE: 'local' }).profile.missing?.name).to.equal('local');
    });

    it("is Prefect's default if the file names none, or names the default without defining it", () => {
      for (const text of ['[profiles.ephemeral]\nPREFECT_API_URL = "http://x"\n', 'active = "ephemeral"\n', '']) {
        putProfiles(text);

        const { profile, apiUrl, warnings } = resolve();

        expect([profile.name, profile.missing, apiUrl, warnings]).to.deep.equal(['ephemeral', null, null, []]);
      }
      expect(resolve().flag('PREFECT_SERVER_EPHEMERAL_ENABLED', false)).to.equal(true);
    });

    it('is never a property that every object inherits', () => {
      expect(resolve({ PREFECT_PROFILE: 'constructor' }).profile.missing?.name).to.equal('constructor');
      putProfiles('active = "toString"\n');
      expect(resolve().profile.missing?.name).to.equal('toString');
    });

    for (const [what, text] of [
      ['is no TOML', 'active = "a\n[profiles.a]\nPREFECT_API_KEY = "s3cret"\n'],
      ['is not UTF-8', Buffer.from('active = "\xff"', 'latin1')],
    ] as const) {
      it(`rejects a profiles.toml that ${what}, naming the file without quoting its content`, () => {
        writeFileSync(join(homeDirectory, '.prefect', 'profiles.toml'), text);

        expect(() => resolve())
          .to.throw(PrefectSettingsFileError, join(homeDirectory, '.prefect', 'profiles.toml'))
          .that.satisfies((error: Error) => {
            expect(`${error.message} ${String(error.cause)}`).not.to.contain('s3cret');
            return true;
          });
      });
    }

    for (const [text, path, line] of [
      ['active = "a"\n[profiles]\na = 3\n', 'profiles.a', 3],
      ['active = "b"\n[profiles.b]\nPREFECT_API_URL = "http://b"\n[profiles]\na = "x"\n', 'profiles.a', 5],
      ['active = "a"\nprofiles = 3\n', 'profiles', 2],
    ] as const)
      it(`rejects ${path} that is not a table, at line ${line}`, () => {
        putProfiles(text);

        expect(() => resolve()).to.throw(PrefectSettingsFileError, `line ${line}: ${path} is not a table`);
      });

    it('rejects a directory in the place of profiles.toml', () => {
      mkdirSync(join(homeDirectory, '.prefect', 'profiles.toml'));

      expect(() => resolve()).to.throw(PrefectSettingsFileError, 'EISDIR');
    });

    for (const [where, write] of [
      ['the environment', (path: string) => ({ PREFECT_PROFILES_PATH: path })],
      ['.env', (path: string) => put('.env', `PREFECT_PROFILES_PATH=${path}\n`)],
      ['prefect.toml', (path: string) => put('prefect.toml', `profiles_path = "${path}"\n`)],
      ['pyproject.toml', (path: string) => put('pyproject.toml', `[tool.prefect]\nprofiles_path = "${path}"\n`)],
    ] as const) {
      it(`is read from the path that ${where} gives`, () => {
        put('mine.toml', TWO);

        const environment = write(join(cwd, 'mine.toml'));

        expect(resolve(environment).apiUrl?.value).to.equal('http://a');
      });
    }

    it('is read from PREFECT_HOME if no path is given', () => {
      put('profiles.toml', TWO);

      expect(resolve({ PREFECT_HOME: cwd }).apiUrl?.value).to.equal('http://a');
    });
  });

  for (const [name, text, path] of [
    ['.env', '\n# c\nPREFECT_API_KEY=k\n', 'PREFECT_API_KEY'],
    ['prefect.toml', '\n[api]\nkey = "k"\n', 'api.key'],
    ['pyproject.toml', '[tool.prefect]\n\napi.key = "k"\n', 'tool.prefect.api.key'],
  ] as const) {
    it(`knows the line of a setting in ${name}`, () => {
      put(name, text);

      const { source } = resolve().settings.get('PREFECT_API_KEY') ?? expect.fail();

      expect(describeSource(source)).to.equal(`${path} in ${join(cwd, name)}:3`);
    });
  }

  it('knows the line of a setting in a profile', () => {
    putProfiles('active = "a"\n\n[profiles.a]\nPREFECT_API_KEY = "k"\n');

    const { source } = resolve().settings.get('PREFECT_API_KEY') ?? expect.fail();

    expect(describeSource(source)).to.equal(`profile "a" of ${join(homeDirectory, '.prefect', 'profiles.toml')}:4`);
  });

  it('skips the unreadable lines of .env, and warns of each without showing it', () => {
    put('.env', 'PREFECT_API_URL="http://broken/api\nPREFECT_API_KEY=k\n');

    const settings = resolve();

    expect(settings.apiUrl).to.equal(null);
    expect(settings.text('PREFECT_API_KEY')).to.equal('k');
    expect(settings.warnings).to.have.length(1);
    expect(settings.warnings[0])
      .to.contain(`Line 1 of ${join(cwd, '.env')}`)
      .and.not.to.contain('broken');
  });

  it('never shows the password in the server URL, and treats it as secret', () => {
    const settings = resolve({ PREFECT_API_URL: 'http://us%40er:p%3Ass@host/api' });

    expect(settings.describeApiUrl()).to.equal('http://host/api (environment variable PREFECT_API_URL)');
    expect(settings.secrets()).to.deep.equal(['p%3Ass', 'p:ss']);
  });

  it('knows the setting that is new in Prefect 3.9', () => {
    put('prefect.toml', '[deployments]\nclear_schedules_on_empty = true\n');

    expect(forwardedSettings(resolve())).to.include({ PREFECT_DEPLOYMENTS_CLEAR_SCHEDULES_ON_EMPTY: 'True' });
  });

  it('rejects a prefect.toml that is not TOML, and names the file', () => {
    put('prefect.toml', '[api\n');

    expect(() => resolve()).to.throw(PrefectSettingsFileError, 'prefect.toml');
  });

  it('reports all invalid values together, without showing one', () => {
    put('.env', 'PREFECT_WORKER_QUERY_SECONDS=soon\n');

    expect(() => resolve({ PREFECT_API_ENABLE_HTTP2: 'perhaps', PREFECT_CLIENT_MAX_RETRIES: '1.5' }))
      .to.throw(PrefectSettingsInvalidError)
      .that.satisfies((error: Error) => {
        expect(error.message).to.match(/PREFECT_API_ENABLE_HTTP2: expected true or false/);
        expect(error.message).to.match(/PREFECT_CLIENT_MAX_RETRIES: expected a whole number/);
        expect(error.message).to.match(/PREFECT_WORKER_QUERY_SECONDS: expected a number \(.*\.env:1\)/);
        expect(error.message).not.to.match(/soon|perhaps|1\.5/);
        return true;
      });
  });

  it('rejects a maximum log size above the batch size', () => {
    expect(() => resolve({ PREFECT_LOGGING_TO_API_BATCH_SIZE: '200' })).to.throw(
      PrefectSettingsInvalidError,
      'PREFECT_LOGGING_TO_API_MAX_LOG_SIZE: expected no more than PREFECT_LOGGING_TO_API_BATCH_SIZE [max=1000000, batch=200]',
    );
  });

  it('forwards all settings as Prefect prints them, in its order', () => {
    put(
      'prefect.toml',
      '[worker]\nheartbeat_seconds = 12\nprefetch_seconds = 1e-7\n[client.metrics]\nenabled = true\n',
    );
    putProfiles(
      [
        'active = "p"',
        '[profiles.p]',
        'PREFECT_CLIENT_RETRY_EXTRA_CODES = "504,500"',
        'PREFECT_TASK_DEFAULT_RETRIES = 3',
        'PREFECT_TASKS_DEFAULT_RETRY_DELAY_SECONDS = "5"',
        'PREFECT_SERVER_API_CSRF_TOKEN_EXPIRATION = "PT90S"',
        'PREFECT_UNKNOWN = "x"',
      ].join('\n'),
    );

    const settings = resolve({
      PREFECT_API_KEY: 'k3y!',
      PREFECT_HOME: `${homeDirectory}/.prefect`,
      PREFECT_CLIENT_CUSTOM_HEADERS: '{"X-A":"ä","n":"1"}',
      PREFECT_LOGGING_EXTRA_LOGGERS: 'b, a',
      PREFECT_PROFILE: 'p',
      PREFECT__FLOW_ID: 'x',
      PREFECT_INTEGRATIONS_AWS: 'x',
      PREFECT_DEBUG_MODE: 'no',
    });

    expect(Object.entries(forwardedSettings(settings)).map(([name, text]) => `${name}=${text}`)).to.deep.equal([
      `PREFECT_HOME=${homeDirectory}/.prefect`,
      'PREFECT_DEBUG_MODE=False',
      'PREFECT_API_KEY=k3y!',
      'PREFECT_CLIENT_RETRY_EXTRA_CODES=500,504',
      'PREFECT_CLIENT_CUSTOM_HEADERS={"X-A": "\\u00e4", "n": "1"}',
      'PREFECT_CLIENT_METRICS_ENABLED=True',
      'PREFECT_LOGGING_EXTRA_LOGGERS=a,b',
      'PREFECT_SERVER_API_CSRF_TOKEN_EXPIRATION=PT1M30S',
      'PREFECT_TASKS_DEFAULT_RETRIES=3',
      'PREFECT_TASKS_DEFAULT_RETRY_DELAY_SECONDS=5.0',
      'PREFECT_WORKER_HEARTBEAT_SECONDS=12.0',
      'PREFECT_WORKER_PREFETCH_SECONDS=1e-07',
    ]);
  });

  it('adds the maximum log size of Prefect Cloud, and omits log levels in debug mode', () => {
    const settings = resolve({
      PREFECT_API_URL: 'https://api.prefect.cloud/api/accounts/a/workspaces/w',
      PREFECT_DEBUG_MODE: 'true',
      PREFECT_LOGGING_LEVEL: 'WARNING',
    });

    expect(settings.isCloud).to.equal(true);
    expect(forwardedSettings(settings)).to.deep.equal({
      PREFECT_DEBUG_MODE: 'True',
      PREFECT_API_URL: 'https://api.prefect.cloud/api/accounts/a/workspaces/w',
      PREFECT_LOGGING_TO_API_MAX_LOG_SIZE: '25000',
      PREFECT_SERVER_EPHEMERAL_ENABLED: 'True',
    });
  });
});
