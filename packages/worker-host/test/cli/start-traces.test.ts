import { expect } from 'chai';
import { fixturePath } from './fixtures.js';
import { CommandLineBench } from './run-command-line.js';

describe('traces of start', () => {
  let bench: CommandLineBench;
  beforeEach(async () => {
    bench = new CommandLineBench();
    await bench.json('pool', 'create', 'mine', '--type', 'fixture');
  });
  afterEach(() => bench.dispose());
  const start = (...words: readonly string[]) =>
    bench.run('start', '--pool', 'mine', '--plugin', fixturePath('fixture-plugin'), '--run-once', ...words);

  it('enabled by --traces prevent the start if they cannot be exported', async () => {
    bench.environment.OTEL_TRACES_EXPORTER = 'zipkin';

    const { exitCode, stderr } = await start('--traces');

    expect(exitCode).to.equal(3);
    expect(stderr).to.contain('TRACING_EXPORTER_INVALID').and.to.contain('OTEL_TRACES_EXPORTER');
  });

  it('enabled by variables only log a line if they cannot be exported', async () => {
    bench.environment.OTEL_TRACES_EXPORTER = 'zipkin';

    const { exitCode, stderr } = await start();

    expect(exitCode).to.equal(0);
    expect(stderr).to.match(/WARN +No traces are exported: .*'zipkin' of OTEL_TRACES_EXPORTER/);
    expect((await start('--no-traces')).stderr).not.to.contain('No traces are exported');
  });

  it('do not delay a run if no collector is reachable', async () => {
    await bench.json('run', '--pool', 'mine', '--name', 'a', '--', 'say', 'x');
    bench.environment.OTEL_EXPORTER_OTLP_ENDPOINT = 'http://127.0.0.1:1';

    const { exitCode } = await start('--traces');

    expect(exitCode).to.equal(0);
    expect((await bench.json('runs', 'inspect', 'a')).stateType).to.equal('COMPLETED');
  });
});
