import { expect } from 'chai';
import { CommandLineBench } from '../../run-command-line.js';

describe('ui', () => {
  let bench: CommandLineBench;
  beforeEach(() => {
    bench = new CommandLineBench();
  });
  afterEach(() => bench.dispose());
  const printed = async (...words: readonly string[]): Promise<{ readonly url: string; end(): Promise<number> }> => {
    const running = bench.run('ui', '--port', '0', ...words);
    while (bench.stopListeners.size === 0) await new Promise((resolve) => setImmediate(resolve));
    const end = async (): Promise<number> => {
      for (const listener of bench.stopListeners) listener('SIGINT');
      return (await running).exitCode;
    };
    return { url: bench.stdout.trim(), end };
  };

  it('prints a URL with a new token for actions, and serves it until Ctrl-C', async () => {
    await bench.json('pool', 'create', 'mine', '--type', 'x');
    const first = await printed();
    const about = await fetch(new URL('/api/about', first.url));
    const isThere = about.status;
    const exitCode = await first.end();
    const second = await printed('--read-only');
    await second.end();

    expect(first.url).to.match(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{32}$/);
    expect([isThere, exitCode]).to.deep.equal([200, 0]);
    expect(second.url).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('listens beyond this machine only with a token for readers, and then without actions', async () => {
    const refused = await bench.run('ui', '--host', '0.0.0.0', '--port', '0');
    bench.environment.WORKER_HOST_WEBSERVER_TOKEN = 'a long token';
    const served = await printed('--host', '0.0.0.0');
    const status = (await fetch(served.url)).status;
    await served.end();

    expect(refused.exitCode).to.equal(2);
    expect(refused.stderr).to.contain('WORKER_HOST_WEBSERVER_TOKEN');
    expect(served.url).to.match(/^http:\/\/localhost:\d+$/);
    expect(status).to.equal(401);
  });

  it('rejects an invalid port, and names the options if it cannot listen', async () => {
    const bad = await bench.run('ui', '--port', '99999');
    const served = await printed();
    const taken = await bench.run('ui', '--port', new URL(served.url).port);
    await served.end();

    expect(bad.exitCode).to.equal(2);
    expect(taken.exitCode).to.equal(3);
    expect(taken.stderr).to.contain('Choose another address with --host and --port');
  });
});
