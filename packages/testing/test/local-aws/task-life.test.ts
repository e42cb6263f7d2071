import { execFile as execFileCallback } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';

import { DescribeTasksCommand, StopTaskCommand } from '@aws-sdk/client-ecs';
import { expect } from 'chai';

import { secretPlaceholder } from '../../src/local-aws/ecs/running/container-environment.js';
import {
  closeSubjects,
  createSubject,
  launchOne,
  registerFargate,
  type Subject,
  shell,
  unconfiguredLines,
} from './support.js';

const execFile = promisify(execFileCallback);

async function describeOne({ ecs }: Subject, arn: string) {
  const { tasks } = await ecs.send(new DescribeTasksCommand({ tasks: [arn], include: ['TAGS'] }));
  return tasks?.[0];
}

describe('local-aws: task lifecycle', () => {
  afterEach(closeSubjects);

  it('passes through all phases with increasing times and versions and the exit code of the process', async () => {
    const subject = await createSubject();
    const seen: string[] = [];
    subject.aws.ecs.onTaskChange((task) => seen.push(`${task.version} ${task.lastStatus} ${task.desiredStatus}`));
    await registerFargate(subject);

    const arn = await launchOne(subject, { overrides: shell('exit 3') });
    await subject.aws.ecs.whenTask(arn, 'STOPPED');

    expect(seen).to.deep.equal([
      '1 PROVISIONING RUNNING',
      '2 PENDING RUNNING',
      '3 ACTIVATING RUNNING',
      '4 RUNNING RUNNING',
      '5 DEACTIVATING STOPPED',
      '6 STOPPING STOPPED',
      '7 DEPROVISIONING STOPPED',
      '8 STOPPED STOPPED',
    ]);
    const task = await describeOne(subject, arn);
    expect(task?.containers?.[0]).to.include({ name: 'main', exitCode: 3, lastStatus: 'STOPPED' });
    expect(task).to.include({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      version: 8,
      connectivity: 'CONNECTED',
    });
    const times = [
      task?.createdAt,
      task?.connectivityAt,
      task?.pullStartedAt,
      task?.pullStoppedAt,
      task?.startedAt,
      task?.stoppingAt,
      task?.executionStoppedAt,
      task?.stoppedAt,
    ].map((time) => time?.getTime() ?? Number.NaN);
    expect(times).to.deep.equal([...times].sort((a, b) => a - b));
    expect(times.every(Number.isFinite)).to.equal(true);
  });

  it('gives a process the environment of its container over a small base, and nothing of the server', async () => {
    process.env.LOCAL_AWS_TEST_LEAK = 'leaked';
    const subject = await createSubject({
      taskEnvironment: { FROM_SERVER: 'server', SHARED: 'server' },
      secrets: { 'arn:known': 'opened' },
    });
    await registerFargate(subject, 'job', {
      environment: [
        { name: 'SHARED', value: 'definition' },
        { name: 'OVERRIDDEN', value: 'definition' },
      ],
      secrets: [
        { name: 'KNOWN', valueFrom: 'arn:known' },
        { name: 'UNKNOWN', valueFrom: 'arn:unknown' },
      ],
    });

    const arn = await launchOne(subject, { overrides: shell('env', { OVERRIDDEN: 'override' }) });
    await subject.aws.ecs.whenTask(arn, 'STOPPED');

    delete process.env.LOCAL_AWS_TEST_LEAK;
    const environment = Object.fromEntries(
      unconfiguredLines(subject, arn).map((line) => line.split(/=(.*)/s).slice(0, 2)),
    );
    const { HOME, PATH, PWD, _, SHLVL, OLDPWD, ...rest } = environment as Record<string, string>;
    expect(rest).to.deep.equal({
      LANG: 'C.UTF-8',
      FROM_SERVER: 'server',
      SHARED: 'definition',
      OVERRIDDEN: 'override',
      KNOWN: 'opened',
      UNKNOWN: secretPlaceholder('arn:unknown'),
    });
    expect(HOME).to.be.a('string');
    expect(PATH).to.equal(process.env.PATH);
  });

  it('runs entry point and command together, in the configured working directory', async () => {
    const directory = realpathSync(tmpdir());
    const subject = await createSubject({ workingDirectory: directory });
    await registerFargate(subject, 'job', { entryPoint: ['sh', '-c'], command: ['pwd'] });

    const arn = await launchOne(subject);
    await subject.aws.ecs.whenTask(arn, 'STOPPED');

    expect(unconfiguredLines(subject, arn)).to.deep.equal([directory]);
  });

  it('ends an unknown command with exit code 127, as a shell does', async () => {
    const subject = await createSubject();
    await registerFargate(subject, 'job', { command: ['no-such-program-here'] });

    const arn = await launchOne(subject);
    const task = await subject.aws.ecs.whenTask(arn, 'STOPPED');

    expect(task.exitCodes).to.deep.equal({ main: 127 });
    expect(unconfiguredLines(subject, arn)[0]).to.match(/no-such-program-here.*not found/);
  });

  it('stops by SIGTERM, with the given reason, and deletes the tags', async () => {
    const subject = await createSubject();
    await registerFargate(subject);
    const arn = await launchOne(subject, {
      overrides: shell('trap "echo got TERM; exit 7" TERM; echo up; while :; do sleep 0.02; done'),
      tags: [{ key: 'a', value: 'b' }],
    });
    await waitForLine(subject, arn, 'up');

    const stopped = await subject.ecs.send(new StopTaskCommand({ task: arn, reason: 'enough' }));

    expect(stopped.task).to.include({ desiredStatus: 'STOPPED', lastStatus: 'RUNNING', stopCode: 'UserInitiated' });
    const task = await subject.aws.ecs.whenTask(arn, 'STOPPED');
    expect(task).to.include({ stopCode: 'UserInitiated', stoppedReason: 'enough' });
    expect(task.exitCodes).to.deep.equal({ main: 7 });
    expect(unconfiguredLines(subject, arn)).to.deep.equal(['up', 'got TERM']);
    expect((await describeOne(subject, arn))?.tags).to.deep.equal([]);
  });

  it('kills a job that ignores SIGTERM after the stop timeout, with all its child processes', async () => {
    const subject = await createSubject({ defaultStopTimeoutSeconds: 0.05 });
    await registerFargate(subject);
    const arn = await launchOne(subject, { overrides: shell('trap "" TERM; sleep 100 & echo $!; wait; sleep 100') });
    const child = Number(await waitForLine(subject, arn, /^\d+$/));

    await subject.ecs.send(new StopTaskCommand({ task: arn }));
    const task = await subject.aws.ecs.whenTask(arn, 'STOPPED');

    expect(task.exitCodes).to.deep.equal({ main: 137 });
    await waitUntilGone(child);
  });

  it('never starts the containers of a task that is stopped before', async () => {
    const subject = await createSubject({ phases: { provisioningMs: 60_000 } });
    await registerFargate(subject);
    const arn = await launchOne(subject, { overrides: shell('echo ran') });

    await subject.ecs.send(new StopTaskCommand({ task: arn, reason: 'early' }));
    await subject.aws.ecs.whenTask(arn, 'STOPPED');

    const task = await describeOne(subject, arn);
    expect(task?.containers?.[0]).to.include({ lastStatus: 'STOPPED' }).and.not.to.have.property('exitCode');
    expect(task).not.to.have.property('startedAt');
    expect(task?.stoppedReason).to.equal('early');
  });

  it('continues when a non-essential container ends, and ends the others when an essential one does', async () => {
    const subject = await createSubject();
    await registerFargate(
      subject,
      'job',
      {},
      {
        containerDefinitions: [
          { name: 'main', image: 'any' },
          { name: 'helper', image: 'any', essential: false, command: ['sh', '-c', 'exit 5'] },
          { name: 'sidecar', image: 'any', command: ['sleep', '100'] },
          { name: 'image-only', image: 'any' },
        ],
      },
    );
    const arn = await launchOne(subject, { overrides: shell('while ! [ -e done ]; do sleep 0.01; done') });
    const running = await subject.aws.ecs.whenTask(arn, (task) => task.exitCodes.helper === 5);
    expect(running.lastStatus).to.equal('RUNNING');

    process.kill(running.pids.sidecar ?? 0, 'SIGKILL');
    const task = await subject.aws.ecs.whenTask(arn, 'STOPPED');

    expect(task.exitCodes).to.deep.equal({ main: 143, helper: 5, sidecar: 137, 'image-only': 143 });
  });

  it('reports that a container without a command cannot start, because no image is run', async () => {
    const subject = await createSubject();
    await registerFargate(subject);

    const arn = await launchOne(subject);
    const task = await subject.aws.ecs.whenTask(arn, 'STOPPED');

    expect(task.stopCode).to.equal('TaskFailedToStart');
    expect(task.stoppedReason).to.match(/^CannotStartContainerError: .*no command specified/);
  });

  it('stops a task without space for temporary files, and continues', async () => {
    const subject = await createSubject();
    await registerFargate(subject);
    const { TMPDIR } = process.env;
    process.env.TMPDIR = '/nowhere';
    let arn: string;
    try {
      arn = await launchOne(subject, { overrides: shell('true') });
      await subject.aws.ecs.whenTask(arn, 'STOPPED');
    } finally {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    }

    const task = await describeOne(subject, arn);
    expect(task?.stoppedReason).to.match(/^CannotStartContainerError: .*\/nowhere.*set TMPDIR/);
    const next = await launchOne(subject, { overrides: shell('true') });
    await subject.aws.ecs.whenTask(next, 'STOPPED');
    expect((await describeOne(subject, next))?.containers?.[0]?.exitCode).to.equal(0);
  });

  it('runs a simulated container on a timer, without a process', async () => {
    const subject = await createSubject();
    await registerFargate(subject, 'job', { image: 'local-aws/simulated:1' });
    const recipe = (value: string) => ({
      containerOverrides: [{ name: 'main', environment: [{ name: 'LOCAL_AWS_SIMULATE', value }] }],
    });

    const ended = await launchOne(subject, { overrides: recipe('exit=4;lines=2') });
    const endless = await launchOne(subject, { overrides: recipe('sleep=forever') });
    const task = await subject.aws.ecs.whenTask(ended, 'STOPPED');
    const other = await subject.aws.ecs.whenTask(endless, 'RUNNING');

    expect(task.exitCodes).to.deep.equal({ main: 4 });
    expect(unconfiguredLines(subject, ended)).to.deep.equal(['line 1', 'line 2']);
    expect(other.pids).to.deep.equal({ main: null });
    await subject.ecs.send(new StopTaskCommand({ task: endless }));
    expect((await subject.aws.ecs.whenTask(endless, 'STOPPED')).exitCodes).to.deep.equal({ main: 143 });
  });

  it('fails a task with an invalid recipe', async () => {
    const subject = await createSubject({ simulate: 'sleep=soon' });
    await registerFargate(subject);

    const task = await subject.aws.ecs.whenTask(await launchOne(subject), 'STOPPED');

    expect(task.stoppedReason).to.include("sleep must be a number, not 'soon'");
  });
});

async function waitForLine(subject: Subject, arn: string, wanted: string | RegExp): Promise<string> {
  await subject.aws.ecs.whenTask(arn, 'RUNNING');
  for (;;) {
    const found = unconfiguredLines(subject, arn).find((line) => line.match(wanted));
    if (found !== undefined) return found;
    await new Promise(setImmediate);
  }
}

/** A killed process can remain as a zombie until the machine's init reaps it. */
async function waitUntilGone(pid: number): Promise<void> {
  for (;;) {
    const { stdout } = await execFile('ps', ['-o', 'stat=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
    if (stdout.trim() === '' || stdout.startsWith('Z')) return;
  }
}
