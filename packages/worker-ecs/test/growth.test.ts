import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { ECS_TOKENS } from '../src/ecs-tokens.js';
import { FakeAccounts } from './support/accounts.js';
import { aConfiguration, aFlowRun, aPreparedTaskRun, RememberingContext } from './support/builders.js';
import { anEcsWorker } from './support/ecs-container.js';
import { FakeClock } from './support/fake-clock.js';
import { awsError } from './support/fake-ecs.js';

const RUNS = 50;

describe('a worker that has run many jobs', () => {
  it('leaves no listener on long-lived signals, and prints no warning', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    const clock = new FakeClock();
    const aws = new FakeAccounts(clock);
    const ecs = aws.ecsOf('123456789012', 'us-east-1');
    const preparer = { prepare: async () => aPreparedTaskRun(), prewarm: async () => {} };
    const worker = anEcsWorker({
      clock,
      options: { hostCollectsOutput: true },
      parts: [
        [ECS_TOKENS.AwsClients, aws],
        [ECS_TOKENS.TaskRunPreparer, preparer],
      ],
    });
    const host = new AbortController();
    const cancel = new AbortController();
    const throttle = awsError('ThrottlingException', 'Rate exceeded');
    ecs.script.runTask = Array.from({ length: RUNS }, () => throttle);
    const runs = Array.from({ length: RUNS }, (_, index) => {
      const context = Object.assign(new RememberingContext(), { signal: host.signal, cancelled: cancel.signal });
      return worker.run(aFlowRun({ id: `run-${index}` }), aConfiguration(), context);
    });
    await clock.advance(60_000);
    const alive = ecs.tasks.size;
    for (const taskArn of ecs.tasks.keys()) ecs.end(taskArn, 0);
    await clock.run(Promise.all(runs));
    process.off('warning', onWarning);

    expect(alive).to.equal(RUNS);
    expect(getEventListeners(host.signal, 'abort')).to.have.length(0);
    expect(getEventListeners(cancel.signal, 'abort')).to.have.length(0);
    expect(warnings.filter(({ name }) => name === 'MaxListenersExceededWarning')).to.deep.equal([]);
  });
});
