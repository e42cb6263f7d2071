import 'reflect-metadata';
import { expect } from 'chai';
import sinon from 'sinon';
import {
  BaseJobConfiguration,
  BaseVariables,
  BaseWorker,
  definePlugin,
  type FlowRun,
  InfrastructureStopUnconfirmed,
  JobConfigurationError,
  type RunContext,
  runJob,
  SecretRegistry,
  systemClock,
  TOKENS,
  WorkerResult,
} from '../../src/index.js';

/** A worker whose jobs print their command and end when they are stopped, or immediately. */
class EchoWorker extends BaseWorker {
  readonly type = 'echo';
  override readonly capabilities = { canKill: true, canResume: false, canList: false };
  readonly told: string[] = [];
  #stop: () => void = () => {};

  override async setup(): Promise<void> {
    this.told.push('setup');
  }

  override async teardown(): Promise<void> {
    this.told.push('teardown');
  }

  async run(flowRun: FlowRun, configuration: BaseJobConfiguration, context: RunContext): Promise<WorkerResult> {
    context.cancelled.throwIfAborted();
    const stopped = new Promise<void>((resolve) => {
      this.#stop = resolve;
    });
    this.told.push(`run ${context.attempt.flowRunId} ${context.mayHaveLaunched}`);
    await context.started(`echo-${flowRun.id}`);
    context.output([{ message: configuration.command ?? 'nothing', timestampMs: 7 }]);
    if (configuration.command === 'hang') await stopped;
    return new WorkerResult(`echo-${flowRun.id}`, configuration.command === 'hang' ? 143 : 0);
  }

  override async killInfrastructure(infrastructurePid: string): Promise<void> {
    this.told.push(`kill ${infrastructurePid}`);
    this.#stop();
  }
}

function createSubject() {
  const worker = new EchoWorker();
  const plugin = definePlugin({
    type: 'echo',
    displayName: 'Echo',
    description: 'Says what it is told.',
    configuration: BaseJobConfiguration,
    variables: BaseVariables,
    register: (container) => void container.registerInstance(TOKENS.Worker, worker),
  });
  return { worker, plugin };
}

describe('runJob', () => {
  it('renders, launches and watches one job, and tears the worker down', async () => {
    const { worker, plugin } = createSubject();
    const lines: string[] = [];
    const pids: string[] = [];

    const result = await runJob(plugin, {
      id: 'job-1',
      variables: { command: 'say {{ $GREETING }}', env: { A: 'b' } },
      environment: { GREETING: 'hello' },
      onStarted: (pid) => pids.push(pid),
      onOutput: (message, timestampMs) => lines.push(`${timestampMs} ${message}`),
    });

    expect(result.statusCode).to.equal(0);
    expect(pids).to.deep.equal(['echo-job-1']);
    expect(lines).to.deep.equal(['7 say {{ $GREETING }}']);
    expect(worker.told).to.deep.equal(['setup', 'run job-1 true', 'teardown']);
  });

  it('generates a job id if none is given', async () => {
    const { worker, plugin } = createSubject();

    const results = [await runJob(plugin), await runJob(plugin)];

    expect(new Set(results.map(({ identifier }) => identifier)).size).to.equal(2);
    expect(worker.told.filter((line) => line.endsWith('false'))).to.have.length(2);
  });

  it('stops the launched job when the signal is aborted', async () => {
    const { worker, plugin } = createSubject();
    const stop = new AbortController();

    const result = await runJob(plugin, {
      id: 'job-1',
      variables: { command: 'hang' },
      signal: stop.signal,
      onOutput: () => stop.abort(),
    });

    expect(result.statusCode).to.equal(143);
    expect(worker.told).to.include('kill echo-job-1');
  });

  it('repeats an unconfirmed stop after five seconds', async () => {
    const { worker, plugin } = createSubject();
    const stop = new AbortController();
    const sleep = sinon.stub(systemClock, 'sleep').resolves();
    const kill = worker.killInfrastructure.bind(worker);
    let orders = 0;
    worker.killInfrastructure = async (pid) => {
      orders += 1;
      if (orders < 3) throw new InfrastructureStopUnconfirmed(pid, 'running');
      await kill(pid);
    };

    const variables = { command: 'hang' };
    const result = await runJob(plugin, { variables, signal: stop.signal, onOutput: () => stop.abort() });
    sleep.restore();

    expect(result.statusCode).to.equal(143);
    expect(sleep.args.map(([ms]) => ms)).to.deep.equal([5_000, 5_000]);
  });

  it('does not stop a job that has already ended', async () => {
    const { worker, plugin } = createSubject();
    const stop = new AbortController();

    await runJob(plugin, { id: 'job-1', signal: stop.signal });
    stop.abort();

    expect(worker.told).to.deep.equal(['setup', 'run job-1 true', 'teardown']);
  });

  it('redacts known secrets in the output', async () => {
    const { plugin } = createSubject();
    const secrets = new SecretRegistry();
    secrets.add('plum-tree');
    const lines: string[] = [];

    await runJob(plugin, { secrets, variables: { command: 'say plum-tree' }, onOutput: (line) => lines.push(line) });

    expect(lines).to.deep.equal(['say ********']);
  });

  it('launches nothing after the signal is aborted', async () => {
    const { plugin } = createSubject();
    const reason = new Error('enough');

    const failure = await runJob(plugin, { signal: AbortSignal.abort(reason) }).catch((error: unknown) => error);

    expect(failure).to.equal(reason);
  });

  it('rejects invalid variables before anything is created', async () => {
    const { worker, plugin } = createSubject();

    const failure = await runJob(plugin, { variables: { env: 'none' } }).catch((error: unknown) => error);

    expect(failure).to.be.instanceOf(JobConfigurationError);
    expect(worker.told).to.deep.equal([]);
  });
});
