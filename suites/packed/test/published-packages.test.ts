import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Outside, PACKAGE_NAMES, type PackageName, type Ran } from '../src/outside.js';
import { measureSize, statedSize } from '../src/size.js';

interface Manifest extends Readonly<Record<string, unknown>> {
  readonly description: string;
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly bin?: Readonly<Record<string, string>>;
}

const COMMANDS = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));
const TSC = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
const RUNS_A_JOB = `
import { runJob } from '@worker-host/core';
import { plugin } from '@worker-host/ecs';
import { startLocalAws } from '@worker-host/testing/local-aws';

const aws = await startLocalAws({ phases: 'fast' });
Object.assign(process.env, aws.environment);
const result = await runJob(plugin, {
  variables: { command: "sh -c 'echo hello; exit 3'", image: 'an-image' },
  onOutput: (line) => console.log(line),
});
await aws.close();
console.log('exit code', result.statusCode);
`;
/** The program of the README, and a worker in the same process. */
const USES_A_POOL = `
import { createWorkerHost } from 'worker-host';
import { createEmbeddedControlPlane, openAdministration } from 'worker-host/embedded';
import { plugin } from '@worker-host/ecs';
import { startLocalAws } from '@worker-host/testing/local-aws';

const aws = await startLocalAws({ phases: 'fast' });
Object.assign(process.env, aws.environment);
const host = createWorkerHost({
  orchestrator: createEmbeddedControlPlane({ home: './pool' }),
  plugin,
  settings: { workPoolName: 'my-pool' },
  environment: process.env,
});
const stopped = host.run();

const pool = await openAdministration({ home: './pool' });
await pool.createWorkPool({ name: 'my-pool', type: 'ecs' }).catch(() => {});
const command = "sh -c 'echo hello; exit 3'";
const run = await pool.createFlowRun({ workPoolName: 'my-pool', jobVariables: { command, image: 'an-image' } });
for await (const news of pool.followRun(run.id)) {
  if (news.kind === 'state') console.log(news.state.name);
  else if (news.line.message === 'hello') console.log(news.line.message);
}
const { flowRun, result } = await pool.awaitRun(run.id);
console.log('awaited', flowRun.stateName, result?.exitCode);
await pool.close();
host.stop();
await stopped;
await aws.close();
`;

describe('the published packages', () => {
  const outside = new Outside();
  const archives: Record<string, string> = {};
  const unpacked: Record<string, string> = {};
  const folderOf = (name: PackageName): string => unpacked[name] ?? '';
  const manifestOf = (name: PackageName): Manifest =>
    JSON.parse(readFileSync(join(folderOf(name), 'package.json'), 'utf8'));
  const readmeOf = (name: PackageName): string => readFileSync(join(folderOf(name), 'README.md'), 'utf8');
  const succeeds = ({ status, text }: Ran): string => {
    expect(status, text).to.equal(0);
    return text;
  };

  before(() => {
    for (const name of PACKAGE_NAMES) {
      archives[name] = outside.pack(name);
      unpacked[name] = outside.unpack(archives[name]);
    }
  });
  after(() => outside.dispose());

  for (const name of PACKAGE_NAMES) {
    describe(name, () => {
      it('states its purpose', () => {
        expect(manifestOf(name).description).to.match(/^\S.{30,}\.$/);
        expect(manifestOf(name).keywords).to.be.an('array').that.is.not.empty;
        expect(readmeOf(name)).to.match(new RegExp(`^# ${name}\n\n\\S.{30,}`));
      });

      it('has no empty section in its manifest', () => {
        const empty = Object.entries(manifestOf(name)).filter(([, value]) =>
          typeof value === 'object' && value !== null ? Object.keys(value).length === 0 : value === '',
        );

        expect(empty).to.deep.equal([]);
      });

      it('contains what its manifest names, its licence, and neither tests nor modules besides the bundle', () => {
        const { exports, bin = {} } = manifestOf(name);
        const named = [
          ...Object.values(exports).flatMap((conditions) => Object.values(conditions)),
          ...Object.values(bin),
        ];
        const files = readdirSync(folderOf(name), { recursive: true }).map(String);

        for (const file of [...named, 'LICENSE']) expect(existsSync(join(folderOf(name), file)), file).to.equal(true);
        const left =
          name === '@worker-host/testing' ? /^dist\/test\b|\.map$/ : /^dist\/test\b|^dist\/src\b.*(?<!\.d\.ts)$/;
        expect(files.filter((file) => /\.\w+$/.test(file) && left.test(file))).to.deep.equal([]);
      });

      it('has no problem that publint reports', () => {
        const text = succeeds(
          outside.run(outside.directory, join(COMMANDS, 'publint'), 'run', '--strict', archives[name] ?? ''),
        );

        // Suggestions leave the exit code at 0.
        expect(text).to.include('All good!');
      });

      it('resolves to its declarations from ES modules, by Node and by bundlers', () => {
        // CommonJS loads the packages by require of an ES module, which attw refuses, and "node10" has no `exports`.
        const options = ['--profile', 'esm-only', '--format', 'ascii', '--no-color', '--no-emoji'];

        succeeds(outside.run(outside.directory, join(COMMANDS, 'attw'), ...options, archives[name] ?? ''));
      });

      it('has about the size that its README states', () => {
        const stated = statedSize(readmeOf(name));
        const measured = measureSize(name, archives[name] ?? '', unpacked);

        for (const part of ['archive', 'installed', 'packages'] as const)
          expect(measured[part], `${part}; where this is meant, run: npx -y pnpm@10 sizes`).to.be.approximately(
            stated?.[part] ?? 0,
            (stated?.[part] ?? 0) / 10,
          );
      });
    });
  }

  describe('installed together', () => {
    let project: string;
    const entries = (): string[] =>
      PACKAGE_NAMES.flatMap((name) => Object.keys(manifestOf(name).exports).map((path) => join(name, path)));

    before(() => {
      project = join(outside.directory, 'project');
      succeeds(outside.run(outside.directory, 'mkdir', project));
      writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
      succeeds(
        outside.run(
          project,
          'npm',
          'install',
          '--no-audit',
          '--no-fund',
          '--prefer-offline',
          'typescript@~5.9.3',
          '@types/node@20',
          ...Object.values(archives),
        ),
      );
      const lines = entries().map((entry, index) => `export * as entry${index} from '${entry}';\n`);
      writeFileSync(join(project, 'all.ts'), lines.join(''));
    });

    it('are loaded by import and by require, as one module', () => {
      const program = `
        import { createRequire } from 'node:module';
        const require = createRequire(import.meta.url);
        for (const entry of ${JSON.stringify(entries())})
          console.log(entry, (await import(entry)) === require(entry));`;
      writeFileSync(join(project, 'load.js'), program);

      const text = succeeds(outside.run(project, process.execPath, '--no-warnings', 'load.js'));

      expect(text.trim().split('\n')).to.deep.equal(entries().map((entry) => `${entry} true`));
    });

    for (const [compiler, tsc] of [
      ['TypeScript 7', () => TSC],
      ['TypeScript 5.9', () => join(project, 'node_modules/typescript/bin/tsc')],
    ] as const) {
      for (const resolution of [
        ['--module', 'nodenext'],
        ['--module', 'esnext', '--moduleResolution', 'bundler'],
      ]) {
        it(`type-check without skipLibCheck by ${compiler} with ${resolution.join(' ')}`, () => {
          const options = ['--noEmit', '--strict', '--target', 'es2022', '--skipLibCheck', 'false', '--types', 'node'];

          const ran = outside.run(project, process.execPath, tsc(), ...options, ...resolution, 'all.ts');

          expect(ran.text).to.equal('');
          expect(ran.status).to.equal(0);
        });
      }
    }

    it('run a job on local AWS', () => {
      writeFileSync(join(project, 'job.js'), RUNS_A_JOB);

      const text = succeeds(outside.run(project, process.execPath, 'job.js'));

      expect(text).to.equal('hello\nexit code 3\n');
    });

    it('map stack traces to the sources with --enable-source-maps', () => {
      writeFileSync(
        join(project, 'fail.js'),
        "await (await import('@worker-host/core')).runJob({}, { variables: {} });",
      );

      const { text } = outside.run(project, process.execPath, '--enable-source-maps', 'fail.js');

      expect(text).to.match(/@worker-host\/core\/src\/.*\.ts:\d+:\d+/);
    });

    it('create, follow and await a run of an embedded pool from a program', () => {
      writeFileSync(join(project, 'pool.js'), USES_A_POOL);

      const lines = succeeds(outside.run(project, process.execPath, 'pool.js'))
        .trim()
        .split('\n');

      expect(lines.slice(0, 2)).to.deep.equal(['Scheduled', 'Pending']);
      expect(lines.slice(-2)).to.deep.equal(['Failed', 'awaited Failed 3']);
      expect(lines).to.include('hello');
    });

    it('have commands that start', () => {
      for (const name of PACKAGE_NAMES)
        for (const command of Object.keys(manifestOf(name).bin ?? {}))
          expect(succeeds(outside.run(project, join(project, 'node_modules/.bin', command), '--help'))).to.match(
            /usage/i,
          );
    });
  });
});
