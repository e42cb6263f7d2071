import { expect } from 'chai';
import { PrefectWorld } from '../../support/prefect-world.js';

const A = { cluster: 'a' };
const B = { cluster: 'b' };

describe('launch places with a Prefect server', () => {
  let world: PrefectWorld;

  beforeEach(() => {
    world = new PrefectWorld();
  });

  afterEach(() => world.close());

  async function launch(worker: Awaited<ReturnType<PrefectWorld['worker']>>, id: string, place: typeof A) {
    world.server.addRun(id);
    await (await worker.claim(id)).storeLaunch({ relaunch: 0, place });
  }

  it('outlive a deleted run and the worker that launched it', async () => {
    const first = await world.worker('w1');
    await launch(first, 'r1', A);
    world.server.removeRun('r1');
    first.kill();

    const second = await world.worker('w2');

    expect(await second.orchestrator.launchPlaces()).to.deep.equal([A]);
  });

  it('cost a launch in a known place no request', async () => {
    const worker = await world.worker('w1');
    const counted = async (id: string, place: typeof A) => {
      const before = worker.connection.paths.length;
      await launch(worker, id, place);
      return worker.connection.paths.slice(before).filter((path) => path.includes('/variables/')).length;
    };

    expect(await counted('r1', A)).to.equal(2);
    expect(await counted('r2', A)).to.equal(0);
    expect(await counted('r3', B)).to.equal(2);
    const restarted = await world.worker('w2');
    await launch(restarted, 'r4', A);
    expect(restarted.connection.paths.filter((path) => path.includes('/variables/'))).to.have.length(1);
  });

  it('of concurrent workers are all stored', async () => {
    const workers = await Promise.all(['w1', 'w2', 'w3'].map((name) => world.worker(name)));
    const places = [A, B, A];

    await Promise.all(workers.map((worker, index) => launch(worker, `r${index}`, places[index] ?? A)));

    const stored = world.server.variables.rows.map(({ value }) => value);
    expect(stored).to.have.deep.members([A, B].map((place) => ({ work_pool: 'p', place })));
  });

  it('without permission to use variables are those of the runs that exist, and nothing is held up', async () => {
    const worker = await world.worker('w1');
    worker.connection.proxyAnswer = (path) =>
      path.includes('/variables/') ? { status: 403, body: '{"detail":"Forbidden"}' } : null;

    await launch(worker, 'r1', A);
    await launch(worker, 'r2', B);
    world.server.removeRun('r2');

    expect(await worker.orchestrator.launchPlaces()).to.deep.equal([A]);
    expect(worker.orchestrator.condition.problems).to.deep.equal([]);
  });

  it('that cannot be stored make the store of a launch reject, so that nothing is sent', async () => {
    const worker = await world.worker('w1');
    worker.connection.proxyAnswer = (path) => (path.includes('/variables/') ? { status: 503, body: '' } : null);

    const error = await launch(worker, 'r1', A).then(
      () => null,
      (reason: unknown) => reason,
    );

    expect(error).to.have.property('code', 'ORCHESTRATOR_UNAVAILABLE');
  });
});
