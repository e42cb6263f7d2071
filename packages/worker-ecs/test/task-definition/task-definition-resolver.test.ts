import { RecordingLogger } from '@worker-host/testing';
import { expect } from 'chai';
import type { TaskDefinitionAnswer } from '../../src/aws/ecs-api.js';
import { TaskDefinitionResolver } from '../../src/task-definition/task-definition-resolver.js';
import { silentLogger, someClients } from '../support/builders.js';
import { FakeClock } from '../support/fake-clock.js';

const PREPARED = { family: 'etl', containerDefinitions: [{ name: 'prefect' }] };

/** A registration that a test completes or fails. */
function createSubject() {
  let settle: (answer: TaskDefinitionAnswer | Error) => void = () => {};
  const registered = new Promise<TaskDefinitionAnswer>((resolve, reject) => {
    settle = (answer) => (answer instanceof Error ? reject(answer) : resolve(answer));
  });
  let registrations = 0;
  const resolver = new TaskDefinitionResolver(new FakeClock(), async (_definition, _clients, { logger, signal }) => {
    registrations += 1;
    logger.warn('registering');
    expect(signal).to.equal(undefined);
    const answer = await registered;
    logger.warn('registered');
    return answer;
  });
  const clients = someClients();
  return {
    resolver,
    clients,
    settle: (answer: TaskDefinitionAnswer | Error) => settle(answer),
    count: () => registrations,
  };
}

describe('TaskDefinitionResolver', () => {
  it('continues to register for waiting runs after the first one is released', async () => {
    const { resolver, clients, settle, count } = createSubject();
    const stop = new AbortController();
    const reason = new Error('stopping');
    const first = resolver
      .resolve(PREPARED, clients, { logger: silentLogger, signal: stop.signal })
      .catch((error: unknown) => error);
    const second = resolver.resolve(PREPARED, clients, { logger: silentLogger, signal: new AbortController().signal });
    await new Promise((resolve) => setImmediate(resolve));

    stop.abort(reason);
    settle({ taskDefinition: { ...PREPARED, taskDefinitionArn: 'arn:etl:1' }, tags: [] });

    expect(await first).to.equal(reason);
    expect(await second).to.include({ arn: 'arn:etl:1', isNewlyRegistered: false });
    expect(count()).to.equal(1);
  });

  it('writes to the logs of all waiting runs, and to no other', async () => {
    const { resolver, clients, settle } = createSubject();
    const [leaving, staying] = [new RecordingLogger(), new RecordingLogger()];
    const stop = new AbortController();
    const first = resolver.resolve(PREPARED, clients, { logger: leaving, signal: stop.signal }).catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    const second = resolver.resolve(PREPARED, clients, { logger: staying });

    stop.abort();
    await first;
    settle({ taskDefinition: { ...PREPARED, taskDefinitionArn: 'arn:etl:1' }, tags: [] });
    await second;

    expect(leaving.messages('warn')).to.deep.equal(['registering']);
    expect(staying.messages('warn')).to.deep.equal(['registered']);
  });

  it('reports a failure to waiting runs, and tries again for the next one', async () => {
    const { resolver, clients, settle, count } = createSubject();
    const failed = resolver.resolve(PREPARED, clients, { logger: silentLogger }).catch((error: unknown) => error);
    const error = new Error('refused');
    settle(error);

    expect(await failed).to.equal(error);
    await resolver.resolve(PREPARED, clients, { logger: silentLogger }).catch(() => {});
    expect(count()).to.equal(2);
  });
});
