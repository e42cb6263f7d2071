import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { fixturePath } from './fixtures.js';

const BINARY = fileURLToPath(new URL('../../../bin/worker-host.js', import.meta.url));

describe('a worker with a misbehaving plugin', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'worker-host-unruly-'));
    host('pool', 'create', 'p', '--type', 'unruly');
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const host = (...words: readonly string[]) => {
    const env = { PATH: process.env.PATH, HOME: directory, WORKER_HOST_HOME: directory };
    const plugin = { WORKER_HOST_PLUGIN: fixturePath('unruly-plugin') };
    return spawnSync(process.execPath, [BINARY, ...words], { env: { ...env, ...plugin }, encoding: 'utf8' });
  };
  const queue = (name: string): void => void host('run', '--pool', 'p', '--name', name, '--', name);

  it('continues all runs, and logs which faults affected which run', () => {
    const names = ['reject', 'throw', 'event', 'output', 'end', 'getter', 'huge', 'pid', 'twice', 'fine'];
    for (const name of names) queue(name);

    const { status, stderr } = host('start', '--pool', 'p', '--run-once');

    expect(status, stderr.slice(0, 5_000)).to.equal(0);
    const runs = JSON.parse(host('runs', 'ls', '--json').stdout) as {
      readonly name: string;
      readonly stateName: string;
    }[];
    expect(runs.map(({ name, stateName }) => `${name}: ${stateName}`)).to.have.members(
      names.map((name) => `${name}: Completed`),
    );
    for (const fault of [
      "The plugin 'unruly' left a rejected promise unhandled in run() [run=",
      "The plugin 'unruly' threw an error outside of its promise in run() [run=",
      "The plugin 'unruly' called context.output() with a value that is not a list of lines [run=",
      "The plugin 'unruly' called context.progress() with no progress [run=",
      "The plugin 'unruly' gave a result that cannot be used: end.exitCode",
      'The plugin failed with an error that cannot be read [type=unruly]',
      'The plugin called context.started() with an invalid value; expected a text of 1 to 2048 characters',
      'The plugin called context.started() with an invalid value; expected the pid of its first call',
    ])
      expect(stderr).to.include(fault);
    expect(stderr.length).to.be.lessThan(200_000);
  });

  it('does not end silently, or successfully, if the plugin ends the process', () => {
    queue('exit');

    const { status, stderr } = host('start', '--pool', 'p', '--run-once');

    expect(stderr).to.include('The process exits: process.exit() was called in run() of the plugin.');
    expect(status).to.equal(1);
  });

  it('reports that the import of a plugin never finishes', () => {
    const { status, stderr } = host(
      'start',
      '--pool',
      'new',
      '--type',
      'hanging',
      '--plugin',
      fixturePath('hanging-plugin'),
    );

    expect(stderr).to.include('nothing keeps it alive, and the import or setup of a plugin has not finished.');
    expect(status).to.equal(6);
  });
});
