import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { fixturePath } from '../../fixtures.js';
import { CommandLineBench } from '../../run-command-line.js';

describe('start with a webhook', () => {
  let bench: CommandLineBench;
  let server: Server;
  let bodies: string[];
  beforeEach(async () => {
    bench = new CommandLineBench();
    bodies = [];
    server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request.setEncoding('utf8')) body += chunk;
      bodies.push(body);
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    bench.environment.WORKER_HOST_NOTIFY_WEBHOOK = `http://127.0.0.1:${(server.address() as AddressInfo).port}/T0/key`;
    await bench.json('pool', 'create', 'mine', '--type', 'fixture');
  });
  afterEach(async () => {
    bench.dispose();
    await new Promise((resolve) => server.close(resolve));
  });
  const start = () => bench.run('start', '--pool', 'mine', '--run-once', '--plugin', fixturePath('fixture-plugin'));

  it('delivers failures before it ends, and nothing about successful or retried runs', async () => {
    await bench.json('run', '--pool', 'mine', '--name', 'good', '--', 'say', 'hi');
    await bench.json('run', '--pool', 'mine', '--name', 'bad', '--', 'fail', '3');
    await bench.json('run', '--pool', 'mine', '--name', 'broken', '--', 'broken');
    await bench.json(
      'run',
      '--pool',
      'mine',
      '--name',
      'again',
      '--retries',
      '1',
      '--retry-delay',
      '1h',
      '--',
      'fail',
      '3',
    );

    expect((await start()).exitCode).to.equal(0);

    const sent = bodies.map((body) => JSON.parse(body)).sort((a, b) => a.run.name.localeCompare(b.run.name));
    expect(sent.map(({ run }) => run.name)).to.deep.equal(['bad', 'broken']);
    expect(sent[0]).to.include({ kind: 'failed', reason: 'It said 3.', advice: 'Say 0.', workPool: 'mine' });
    expect(sent[0].run).to.include({ state: 'FAILED', exitCode: 3 });
    expect(sent[0].log).to.equal(`worker-host runs logs ${sent[0].run.id}`);
    expect(sent[1].run).to.include({ state: 'CRASHED' });
    expect(sent[1].reason).to.contain('no such infrastructure');
  });

  it('ends, and logs what it drops, if the receiver is unreachable', async () => {
    await new Promise((resolve) => server.close(resolve));
    await bench.json('run', '--pool', 'mine', '--name', 'bad', '--', 'fail', '3');

    const { stderr, exitCode } = await start();

    expect(exitCode).to.equal(0);
    expect(stderr).to.contain('Delivering a notification to the webhook failed; retrying');
    expect(stderr).to.match(/Dropping a notification for the webhook: the worker is stopping.*bad/);
    expect(stderr).not.to.contain('/T0/key');
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, resolve));
  });

  it('rejects an invalid URL and an unknown kind', async () => {
    bench.environment.WORKER_HOST_NOTIFY_ON = 'failed,oops';
    expect((await start()).stderr).to.contain("takes failed, late, stuck; found 'oops'");
    bench.environment.WORKER_HOST_NOTIFY_WEBHOOK = 'hooks.example.com/x';
    const { stderr, exitCode } = await start();
    expect(exitCode).to.equal(2);
    expect(stderr).to.contain('expects a URL').and.not.contain('hooks.example.com/x');
  });

  it('hides the URL when settings are shown', async () => {
    const { stdout } = await bench.run('config', 'show');

    expect(stdout).to.contain('notify-webhook').and.not.contain('/T0/key');
  });
});
