import { mkdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Clock, isLaunchRefused, systemClock } from '@worker-host/core';
import { aFlowRun, aRunContext } from '@worker-host/testing';
import { expect } from 'chai';
import { LaunchStore } from '../src/launches/launch-store.js';
import { aConfiguration, Machine } from './support.js';

describe('LocalProcessWorker', () => {
  let machine: Machine;
  beforeEach(async () => {
    machine = await Machine.make();
  });
  afterEach(async () => {
    await machine.dispose();
  });

  const file = (name: string): string => join(machine.home, name);

  it('runs a command, reports its pid once and its output line by line', async () => {
    const context = aRunContext();
    const command = 'echo one; echo two >&2; printf three';
    const result = await machine.worker().run(aFlowRun(), aConfiguration({ command }), context);
    expect(result.statusCode).to.equal(0);
    expect(context.startedPids).to.deep.equal([result.identifier]);
    expect(result.identifier).to.match(/^.+::\d+::.+$/);
    expect(context.outputMessages).to.deep.equal(['one', 'two', 'three']);
  });

  it('reports the exit status of the command', async () => {
    const result = await machine.worker().run(aFlowRun(), aConfiguration({ command: 'exit 37' }), aRunContext());
    expect(result.statusCode).to.equal(37);
    expect(result.end?.exitCode).to.equal(37);
    expect(result.end?.stopRequested).to.equal(false);
  });

  it("passes the job the configuration's environment over a safe base, and nothing else of the worker's", async () => {
    const context = aRunContext();
    const command = 'echo "$LANG|$GIVEN|$' + '{SECRET_OF_THE_WORKER-unset}|$' + '{WORKER_HOST_HOME-unset}"';
    await machine.worker().run(aFlowRun(), aConfiguration({ command, env: { GIVEN: 'yes' } }), context);
    expect(context.outputMessages).to.deep.equal(['C.UTF-8|yes|unset|unset']);
  });

  it('passes the job the PATH of its configuration, however broken', async () => {
    const context = aRunContext();
    const configuration = aConfiguration({ command: 'echo "$PATH"', env: { PATH: '/nowhere' } });
    const result = await machine.worker().run(aFlowRun(), configuration, context);
    expect(context.outputMessages).to.deep.equal(['/nowhere']);
    expect(result.statusCode).to.equal(0);
  });

  it('starts in the working directory, and rejects one that does not exist', async () => {
    const workingDirectory = file('in here');
    await mkdir(workingDirectory);
    const context = aRunContext();
    await machine.worker().run(aFlowRun(), aConfiguration({ command: 'pwd', workingDirectory }), context);
    expect(context.outputMessages).to.deep.equal([workingDirectory]);

    const missing = aConfiguration({ command: 'pwd', workingDirectory: file('missing') });
    const other = aRunContext({ relaunch: 1 });
    const failure = await machine
      .worker()
      .run(aFlowRun(), missing, other)
      .catch((error: unknown) => error);
    expect(failure).to.have.property('code', 'WORKING_DIRECTORY_NOT_FOUND');
    expect(other.calls).to.deep.equal([]);
  });

  it('rejects a job without a command', async () => {
    const failure = await machine
      .worker()
      .run(aFlowRun(), aConfiguration(), aRunContext())
      .catch((error: unknown) => error);
    expect(failure).to.have.property('code', 'COMMAND_MISSING');
  });

  it('launches once if two workers launch simultaneously', async () => {
    const command = `echo ran >>'${file('count')}'; echo done`;
    const contexts = [aRunContext(), aRunContext()];
    const results = await Promise.all(
      contexts.map((context) => machine.worker().run(aFlowRun(), aConfiguration({ command }), context)),
    );
    expect(await readFile(file('count'), 'utf8')).to.equal('ran\n');
    expect(new Set(results.map(({ identifier }) => identifier)).size).to.equal(1);
    for (const context of contexts) expect(context.outputMessages).to.deep.equal(['done']);
  });

  it('finds the end of a job that ended while no worker watched, and does not run it again', async () => {
    const command = `echo ran >>'${file('count')}'; exit 5`;
    await machine.worker().run(aFlowRun(), aConfiguration({ command }), aRunContext());
    const again = await machine.worker().run(aFlowRun(), aConfiguration({ command }), aRunContext());
    expect(again.statusCode).to.equal(5);
    expect(await readFile(file('count'), 'utf8')).to.equal('ran\n');
  });

  it('launches again for another relaunch or another attempt', async () => {
    const command = `echo ran >>'${file('count')}'`;
    const configuration = aConfiguration({ command });
    await machine.worker().run(aFlowRun(), configuration, aRunContext());
    await machine.worker().run(aFlowRun(), configuration, aRunContext({ relaunch: 1 }));
    await machine.worker().run(aFlowRun(), configuration, aRunContext({ attempt: { id: 'attempt-2' } }));
    expect(await readFile(file('count'), 'utf8')).to.equal('ran\nran\nran\n');
  });

  it('stops watching on request; another worker resumes and neither repeats nor skips a line', async () => {
    const go = file('go');
    const command = `echo before; while [ ! -e '${go}' ]; do sleep 0.02; done; echo after; exit 9`;
    const first = aRunContext();
    const watching = machine
      .worker()
      .run(aFlowRun(), aConfiguration({ command }), first)
      .catch((error: unknown) => error);
    await first.until(({ outputMessages }) => outputMessages.length === 1);
    const reason = new Error('restart');
    first.stopWatching(reason);
    expect(await watching).to.equal(reason);

    const second = aRunContext({ outputCursor: first.lastCursor });
    const [pid = ''] = first.startedPids;
    const later = machine.worker();
    const listed = await later.listInfrastructure();
    expect(listed).to.deep.equal([{ infrastructurePid: pid, flowRunId: aFlowRun().id, attemptId: 'attempt-1' }]);
    const resumed = later.resume(pid, aFlowRun(), aConfiguration(), second);
    await mkdir(go);
    const result = await resumed;
    expect(result.statusCode).to.equal(9);
    expect(second.outputMessages).to.deep.equal(['after']);
    expect(await later.listInfrastructure()).to.deep.equal([]);
  });

  it('launches nothing that was stored as launched on another machine', async () => {
    const context = aRunContext({ mayHaveLaunched: true, launchPlace: { host: 'elsewhere', directory: machine.home } });
    const command = `touch '${file('ran')}'`;
    const failure = await machine
      .worker()
      .run(aFlowRun(), aConfiguration({ command }), context)
      .catch((error: unknown) => error);
    expect(failure).to.have.property('code', 'INFRASTRUCTURE_NOT_AVAILABLE');
    expect(context.calls).to.deep.equal([]);
  });

  it('finds a launch in the directory it was stored with, whatever the directory of this worker', async () => {
    const context = aRunContext();
    const go = file('go');
    const running = machine
      .worker()
      .run(aFlowRun(), aConfiguration({ command: `while [ ! -e '${go}' ]; do sleep 0.02; done` }), context);
    await context.until(({ startedPids }) => startedPids.length === 1);
    const { attempt, storedPlace: place } = context;
    const elsewhere = machine.worker({ environment: { WORKER_HOST_HOME: file('another') } });

    const found = await elsewhere.findInfrastructure({ attempt, relaunch: 0, place });
    const again = aRunContext({ mayHaveLaunched: true, launchPlace: place });
    const resumed = elsewhere.run(aFlowRun(), aConfiguration({ command: 'exit 1' }), again);
    await mkdir(go);

    expect(found).to.equal(context.startedPids[0]);
    expect((await resumed).statusCode).to.equal(0);
    expect((await running).statusCode).to.equal(0);
  });

  it('refuses a launch whose shell ended before the job started, and finds nothing of it', async () => {
    let nowMs = 0;
    const clock: Clock = {
      ...systemClock,
      monotonicMs: () => nowMs,
      sleep: async (ms) => {
        nowMs += ms * 100;
      },
    };
    const worker = machine.worker({}, clock);
    const context = aRunContext();
    const place = { host: hostname(), directory: file('local-process/a-pool') };
    const stored = { flowRunId: aFlowRun().id, attemptId: context.attempt.id, relaunch: 0 };
    const { directory } = await new LaunchStore(place.directory).prepare(stored);
    await mkdir(join(directory, 'taken'));

    const failure = await worker
      .run(aFlowRun(), aConfiguration({ command: 'true' }), context)
      .catch((error: unknown) => error);
    const found = await worker.findInfrastructure({ attempt: context.attempt, relaunch: 0, place });

    expect(failure).to.have.property('code', 'LAUNCH_LOST');
    expect(isLaunchRefused(failure)).to.equal(true);
    expect(found).to.equal(null);
  });

  it('does not launch a run that is already cancelled', async () => {
    const context = aRunContext();
    const reason = new Error('cancelled');
    context.cancel(reason);
    const command = `touch '${file('ran')}'`;
    const failure = await machine
      .worker()
      .run(aFlowRun(), aConfiguration({ command }), context)
      .catch((error: unknown) => error);
    expect(failure).to.equal(reason);
    expect(await machine.worker().listInfrastructure()).to.deep.equal([]);
  });

  it('keeps the last lines of a failed job if the host does not collect output', async () => {
    const context = aRunContext();
    const worker = machine.worker({ hostCollectsOutput: false });
    const result = await worker.run(aFlowRun(), aConfiguration({ command: 'echo why; exit 1' }), context);
    expect(context.outputMessages).to.deep.equal([]);
    expect(result.end?.logTail).to.deep.equal(['why']);
  });
});
