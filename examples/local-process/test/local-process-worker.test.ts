import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aFlowRun, aRunContext } from '@worker-host/testing';
import { expect } from 'chai';
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

  it('runs a command, tells its pid once and its output line by line', async () => {
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

  it("gives the job the configuration's environment over a safe base, and nothing else of the worker's", async () => {
    const context = aRunContext();
    const command = 'echo "$LANG|$GIVEN|$' + '{SECRET_OF_THE_WORKER-unset}|$' + '{WORKER_HOST_HOME-unset}"';
    await machine.worker().run(aFlowRun(), aConfiguration({ command, env: { GIVEN: 'yes' } }), context);
    expect(context.outputMessages).to.deep.equal(['C.UTF-8|yes|unset|unset']);
  });

  it('hands the job the PATH of its configuration, however broken', async () => {
    const context = aRunContext();
    const configuration = aConfiguration({ command: 'echo "$PATH"', env: { PATH: '/nowhere' } });
    const result = await machine.worker().run(aFlowRun(), configuration, context);
    expect(context.outputMessages).to.deep.equal(['/nowhere']);
    expect(result.statusCode).to.equal(0);
  });

  it('starts in the working directory, and refuses one that is not there', async () => {
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

  it('refuses a job without a command', async () => {
    const failure = await machine
      .worker()
      .run(aFlowRun(), aConfiguration(), aRunContext())
      .catch((error: unknown) => error);
    expect(failure).to.have.property('code', 'COMMAND_MISSING');
  });

  it('launches once though two workers are asked at the same time', async () => {
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

  it('launches anew for another relaunch or another attempt', async () => {
    const command = `echo ran >>'${file('count')}'`;
    const configuration = aConfiguration({ command });
    await machine.worker().run(aFlowRun(), configuration, aRunContext());
    await machine.worker().run(aFlowRun(), configuration, aRunContext({ relaunch: 1 }));
    await machine.worker().run(aFlowRun(), configuration, aRunContext({ attempt: { id: 'attempt-2' } }));
    expect(await readFile(file('count'), 'utf8')).to.equal('ran\nran\nran\n');
  });

  it('lets go when the host stops watching; another worker resumes and neither repeats nor skips a line', async () => {
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

  it('does not launch a run that is cancelled already', async () => {
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

  it('keeps the last lines of a bad end where the host does not collect output', async () => {
    const context = aRunContext();
    const worker = machine.worker({ hostCollectsOutput: false });
    const result = await worker.run(aFlowRun(), aConfiguration({ command: 'echo why; exit 1' }), context);
    expect(context.outputMessages).to.deep.equal([]);
    expect(result.end?.logTail).to.deep.equal(['why']);
  });
});
