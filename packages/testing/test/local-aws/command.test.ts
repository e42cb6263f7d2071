import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { ECSClient } from '@aws-sdk/client-ecs';
import { expect } from 'chai';

import { type CommandSurroundings, runLocalAwsCommand } from '../../src/local-aws/command.js';
import { parseCommand } from '../../src/local-aws/command-options.js';
import { closeSubjects, createSubject } from './support.js';

const PROGRAM = fileURLToPath(new URL('../../../bin/local-aws.js', import.meta.url));

async function run(...args: string[]) {
  const printed = { out: '', error: '', exitCode: 0 };
  const surroundings: CommandSurroundings = {
    print: (text) => {
      printed.out += text;
    },
    printError: (text) => {
      printed.error += text;
    },
    untilStopped: () => Promise.resolve(),
    setExitCode: (code) => {
      printed.exitCode = code;
    },
  };
  await runLocalAwsCommand(args, surroundings);
  return printed;
}

describe('local-aws: the command', () => {
  afterEach(closeSubjects);

  it('prints export lines to paste, or JSON', async () => {
    const plain = await run('--port', '0', '--region', 'eu-west-1');
    const json = await run('--port', '0', '--json');

    expect(plain.out).to.match(/^export AWS_ENDPOINT_URL=http:\/\/127\.0\.0\.1:\d+$/m);
    expect(plain.out).to.match(/^export AWS_REGION=eu-west-1$/m);
    expect(JSON.parse(json.out)).to.have.nested.property('environment.AWS_ACCESS_KEY_ID');
    expect([plain.exitCode, json.exitCode]).to.deep.equal([0, 0]);
  });

  it('parses all its options', () => {
    const { options, faults } = parseCommand([
      ...[
        '--port',
        '1',
        '--throttling',
        'aws',
        '--phases',
        'realistic',
        '--requests',
        'botocore',
        '--events-queue',
        'q',
        '--seed',
        '3',
      ],
      ...['--task-env', 'A=1=2', '--task-env', 'B=', '--secret', 'arn:x=y', '--workdir', '/', '--simulate', 'exit=1'],
      ...['--stop-timeout', '5', '--container-instances', '0', '--keep', '--fault', '{"type":"spot-interruption"}'],
      ...['--assume', 'refusalsUseToken=true', '--access-key', 'AKIA2=222222222222'],
    ]);

    expect(options).to.deep.equal({
      port: 1,
      throttling: 'aws',
      phases: 'realistic',
      requests: 'botocore',
      eventsQueue: 'q',
      taskEnvironment: { A: '1=2', B: '' },
      secrets: { 'arn:x': 'y' },
      workingDirectory: '/',
      simulate: 'exit=1',
      defaultStopTimeoutSeconds: 5,
      containerInstances: 0,
      accounts: { AKIA2: '222222222222' },
      assumptions: { refusalsUseToken: true },
      seed: 3,
      keep: true,
    });
    expect(faults).to.deep.equal([{ type: 'spot-interruption' }]);
  });

  it('reports all problems of its options, and a port in use', async () => {
    const wrong = await run(
      '--port',
      'x',
      '--throttling',
      'some',
      '--fault',
      '{',
      '--task-env',
      'A',
      '--assume',
      'x=1',
    );
    const unknown = await run('--prot', '1');
    const { aws } = await createSubject();
    const taken = await run('--port', String(aws.port));

    expect(wrong.exitCode).to.equal(2);
    for (const flag of ['--port', '--throttling', '--fault', '--task-env']) expect(wrong.error).to.include(flag);
    expect(unknown.error).to.include('--prot');
    expect(taken).to.deep.include({ exitCode: 1 });
    expect(taken.error).to.match(/port is in use/);
  });

  it('documents every option in --help', async () => {
    const { out } = await run('--help');

    for (const flag of ['port', 'host', 'throttling', 'phases', 'events-queue', 'simulate', 'fault', 'keep', 'json']) {
      expect(out).to.include(`--${flag}`);
    }
  });

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    it(`as a process kills its tasks when it is ended by ${signal}`, async () => {
      const server = spawn(process.execPath, [...process.execArgv, PROGRAM, '--port', '0', '--json'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
      const { url } = JSON.parse(line) as { url: string };
      const pid = await startEndlessTask(url);

      server.kill(signal);
      await once(server, 'exit');

      await untilDead(pid);
    });
  }
});

async function startEndlessTask(url: string): Promise<number> {
  const { RegisterTaskDefinitionCommand, RunTaskCommand } = await import('@aws-sdk/client-ecs');
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const ecs = new ECSClient({ endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 });
  const containerDefinitions = [{ name: 'main', image: 'any', memory: 128, command: ['sleep', '600'] }];
  await ecs.send(new RegisterTaskDefinitionCommand({ family: 'job', containerDefinitions }));
  const { tasks } = await ecs.send(new RunTaskCommand({ taskDefinition: 'job' }));
  ecs.destroy();
  const response = await fetch(`${url}/_local-aws/tasks/${tasks?.[0]?.taskArn?.split('/').at(-1)}?until=RUNNING`);
  const { pids } = (await response.json()) as { pids: { main: number } };
  expect(pids.main).to.be.a('number');
  return pids.main;
}

/** Waits until a process has ended, or is a zombie that the machine's init has not reaped yet. */
async function untilDead(pid: number): Promise<void> {
  for (;;) {
    const look = spawn('ps', ['-o', 'stat=', '-p', String(pid)], { stdio: ['ignore', 'pipe', 'inherit'] });
    const state = (await look.stdout.setEncoding('utf8').toArray()).join('').trim();
    if (state === '' || state.startsWith('Z')) return;
  }
}
