import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '@worker-host/core';
import { expect } from 'chai';
import type { OracleCase } from './case-types.js';
import { parseCase, readCases } from './read-cases.js';
import { runCase } from './run-case.js';
import { runDirectory } from './run-directory.js';
import { SUPERSEDED_CASES } from './superseded-cases.js';

const CASES = fileURLToPath(new URL('../../../test/fixtures/oracle/cases', import.meta.url));
const NEIGHBOURS = fileURLToPath(new URL('../../../test/fixtures/oracle/neighbours', import.meta.url));
const INPUTS = fileURLToPath(new URL('../../../test/fixtures/oracle/inputs', import.meta.url));
const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

interface Change {
  readonly name: string;
  readonly path: readonly (string | number)[];
}

/** One compared text of each kind and area; its last character is changed. */
const CHANGES: readonly Change[] = [
  { name: 'run-request/fargate-default', path: ['configuration', 'env', 'PREFECT__FLOW_NAME'] },
  { name: 'run-request/fargate-default', path: ['configuration', 'task_run_request', 'launchType'] },
  { name: 'run-request/fargate-default', path: ['calls', 0, 'params', 'family'] },
  { name: 'run-request/fargate-default', path: ['calls', 0, 'params', 'requiresCompatibilities', 0] },
  { name: 'run-request/fargate-default', path: ['calls', 3, 'params', 'tags', 0, 'value'] },
  { name: 'run-request/fargate-default', path: ['calls', 3, 'params', 'taskDefinition'] },
  { name: 'run-request/fargate-default', path: ['result', 'identifier'] },
  { name: 'resolution/second-run-uses-cached-definition', path: ['priorRuns', 0, 'calls', 0, 'params', 'memory'] },
  { name: 'templating/default-template-all-variables', path: ['configuration', 'vpc_id'] },
  { name: 'validators/network-configuration-without-vpc', path: ['error', 'about', 0] },
  { name: 'launch-errors/blocked-account', path: ['error', 'about', 0] },
  { name: 'network/no-default-vpc', path: ['error', 'about', 1] },
  { name: 'credentials/standard-chain-from-environment', path: ['calls', 0, 'accessKeyId'] },
  { name: 'credentials/region-only', path: ['calls', 0, 'region'] },
  { name: 'credentials/assume-role-with-everything', path: ['calls', 0, 'params', 'ExternalId'] },
  { name: 'kill/stops-by-cluster-name', path: ['calls', 0, 'params', 'cluster'] },
  { name: 'kill/server-error-passes', path: ['calls', 0, 'params', 'task'] },
  { name: 'run-request/fargate-default', path: ['calls', 3, 'region'] },
  { name: 'utilities/slugify-quotes', path: ['result'] },
  { name: 'templating/variable-missing-in-text-removed-and-read-once', path: ['reads', 0] },
  { name: 'observer/stopped-exit-one', path: ['events', 0, 'resource', 'ecs.taskArn'] },
  { name: 'observer/stopped-exit-one', path: ['proposedStates', 0, 'name'] },
  { name: 'observer/stopped-exit-one', path: ['runLogs', 0, 'kind'] },
  { name: 'observer/logs-only-the-tail', path: ['runLogs', 1, 'message'] },
];

describe("the recorded cases of Prefect's worker", function () {
  this.timeout(60_000);
  let cases: ReadonlyMap<string, OracleCase>;

  before(async () => {
    const files = await readCases(CASES);
    cases = new Map(
      files.flatMap((file) => ('case' in file ? [[`${file.case.area}/${file.case.name}`, file.case] as const] : [])),
    );
  });

  function caseOf(name: string): OracleCase {
    const found = cases.get(name);
    if (!found) throw new Error(`no case ${name}`);
    return found;
  }

  it('all pass', async () => {
    const { passed, failures } = await runDirectory(CASES);

    expect(failures).to.deep.equal([]);
    expect(passed).to.equal(312);
  });

  it('have variants that pass as well', async () => {
    const { passed, failures } = await runDirectory(NEIGHBOURS);

    expect(failures).to.deep.equal([]);
    expect(passed).to.equal(64);
  });

  it('keep each superseded record next to the one that replaces it', async () => {
    const names = new Set<string>();
    const superseded: string[] = [];
    for (const directory of [CASES, NEIGHBOURS]) {
      const files = await readCases(directory);
      for (const file of files) if ('case' in file) names.add(`${file.case.area}/${file.case.name}`);
      superseded.push(...(await runDirectory(directory)).superseded);
    }

    expect(superseded.map((name) => name.replace(/\.json$/, ''))).to.have.members([...SUPERSEDED_CASES.keys()]);
    expect([...names]).to.include.members([...SUPERSEDED_CASES.values()]);
  });

  it('fail if a superseded record holds again', async () => {
    const current = caseOf('templating/exact-keys-come-before-indexes');
    const stale = { ...current, name: 'digits-are-indexes-not-keys' };

    expect(await runCase(stale)).to.deep.equal([
      { path: '(superseded)', expected: 'not what Prefect 3.8.8 gives', got: 'the same' },
    ]);
  });

  it("have passing companions for definitions, requests, numbers, places, networks, logs and secrets, including AWS's documented examples", async () => {
    const { passed, failures } = await runDirectory(INPUTS);

    expect(failures).to.deep.equal([]);
    expect(passed).to.equal(241);
  });

  for (const { name, path } of CHANGES) {
    it(`fail if one character is changed: ${name} at ${path.join('.')}`, async () => {
      const changed = changedAt(caseOf(name), path);

      expect(await runCase(changed)).to.have.length.greaterThan(0);
    });
  }

  it('fail on an unknown key at any depth', () => {
    const known = caseOf('run-request/fargate-default') as unknown as JsonObject;
    const input = known.input as JsonObject;
    const additions: readonly (readonly [string, JsonObject])[] = [
      ['surprise', { ...known, surprise: 1 }],
      ['input.surprise', { ...known, input: { ...input, surprise: 1 } }],
      [
        'input.world.surprise',
        { ...known, input: { ...input, world: { ...(input.world as JsonObject), surprise: 1 } } },
      ],
      ['expect.surprise', { ...known, expect: { ...(known.expect as JsonObject), surprise: 1 } }],
      ['kind=surprise', { ...known, kind: 'surprise' }],
      ['input.priorRuns[0].surprise', { ...known, input: { ...input, priorRuns: [{ surprise: 1 }] } }],
      [
        'input.priorRuns.jobVariables.surprise',
        { ...known, input: { ...input, priorRuns: [{ jobVariables: { surprise: 1 } }] } },
      ],
      [
        'input.world.script.RunTask.error.surprise',
        {
          ...known,
          input: {
            ...input,
            world: { ...(input.world as JsonObject), script: { RunTask: [{ error: { surprise: 1 } }] } },
          },
        },
      ],
    ];

    for (const [path, value] of additions) {
      expect(parseCase(value)).to.deep.equal({ problem: `unknown keys: ${path}` });
    }
  });

  it('fail on an allowed difference that the format does not define', async () => {
    const known = caseOf('run-request/fargate-default');
    const changed = { ...known, expect: { ...known.expect, diverges: 'ours-may-do-as-it-likes' } } as OracleCase;

    expect(await runCase(changed)).to.have.length(1);
  });

  it('are counted by the command, which prints the differences and reports them by its exit code', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'oracle-'));
    const good = caseOf('utilities/slugify-quotes');
    await writeFile(join(directory, 'good.json'), JSON.stringify(good));
    const ofGood = await runMain(directory);
    await writeFile(join(directory, 'bad.json'), JSON.stringify(changedAt(good, ['result'])));
    const ofBoth = await runMain(directory);
    await rm(directory, { recursive: true });

    expect(ofGood).to.deep.equal({ exitCode: 0, lastLine: '1 passed, 0 failed', names: [] });
    expect(ofBoth).to.deep.equal({ exitCode: 1, lastLine: '1 passed, 1 failed', names: ['bad.json'] });
  });
});

function changedAt(original: OracleCase, path: readonly (string | number)[]): OracleCase {
  const changed = structuredClone(original);
  const last = path.at(-1) ?? '';
  const parent = path
    .slice(0, -1)
    .reduce<Record<string | number, unknown>>(
      (node, step) => node[step] as Record<string | number, unknown>,
      changed.expect as unknown as Record<string, unknown>,
    );
  const value = parent[last];
  if (typeof value !== 'string') throw new Error(`no text at ${path.join('.')}`);
  parent[last] = `${value.slice(0, -1)}${value.endsWith('x') ? 'y' : 'x'}`;
  return changed;
}

function runMain(directory: string): Promise<{ exitCode: number; lastLine: string; names: string[] }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, directory], (error, stdout) => {
      const lines = stdout.trimEnd().split('\n');
      resolve({
        exitCode: typeof error?.code === 'number' ? error.code : 0,
        lastLine: lines.at(-1) ?? '',
        names: lines.filter((line) => line.startsWith('FAILED ')).map((line) => line.slice('FAILED '.length)),
      });
    });
  });
}
