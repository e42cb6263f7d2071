import { type Logger, silentLogger, silentMeter } from '@worker-host/core';
import { expect } from 'chai';
import { PrefectApi } from '../../../../src/orchestrators/prefect/api/prefect-api.js';
import { RestClient } from '../../../../src/orchestrators/prefect/rest/rest-client.js';
import { aConnection } from '../support/a-connection.js';
import { json } from '../support/api-script.js';
import { FakeRunStore } from '../support/fake-run-store.js';
import { FakeTransport } from '../support/fake-transport.js';
import { ManualClock, settle } from '../support/manual-clock.js';

const BEFORE = '2027-01-01T00:00:00.000Z';
const LIVE = { flow_runs: { state: { type: { any_: ['RUNNING'] } } } } as const;

describe('PrefectApi', () => {
  const createSubject = () => {
    const clock = new ManualClock();
    const store = new FakeRunStore();
    const warnings: string[] = [];
    const logger: Logger = {
      ...silentLogger,
      warn: (message, fields) => void warnings.push(`${message} ${JSON.stringify(fields)}`),
    };
    const transport = new FakeTransport(store.script.answer);
    const rest = new RestClient({
      connection: aConnection(),
      transport,
      clock,
      logger,
      meter: silentMeter,
      identityHeaders: () => ({}),
    });
    const api = new PrefectApi({ rest, clock, logger });
    const poll = async (limit?: number): Promise<readonly string[]> => {
      const query = { work_queue_names: [], scheduled_before: BEFORE, ...(limit === undefined ? {} : { limit }) };
      return (await api.getScheduledFlowRuns('p', query)).map(({ flow_run }) => flow_run.id);
    };
    const live = async (): Promise<readonly string[]> => (await api.listFlowRuns(LIVE)).map(({ id }) => id);
    const failure = async (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error);
    return { clock, store, transport, warnings, api, poll, live, failure };
  };

  it('counts logs and events towards the same rate limit, and nothing else', async () => {
    const { api, clock, store, transport } = createSubject();
    let tries = 0;
    store.script
      .on('POST /logs/', () => {
        tries += 1;
        return tries === 1 ? { status: 429, headers: { 'retry-after': '50' }, body: '' } : json(null);
      })
      .on('POST /events', json(null))
      .on('GET /flows/f', json({ id: 'f' }));
    void api.createLogs([]).catch(() => {});
    await settle();

    void api.createEvents([]);
    await api.readFlow('f');
    await clock.advance(49_000);
    expect(transport.paths).to.deep.equal(['POST /logs/', 'GET /flows/f']);
    await clock.advance(20_000);

    expect(transport.paths).to.include('POST /events');
  });

  it('omits elements that are not runs from a poll', async () => {
    const { poll, store } = createSubject();
    const row = { work_queue_id: 'q', flow_run: { id: 'good' } };
    store.script.on('POST /work_pools/p/get_scheduled_flow_runs', json([{ x: 1 }, null, row, 'run', { flow_run: {} }]));

    expect(await poll()).to.deep.equal(['good']);
  });

  describe('with a server that allows smaller pages', () => {
    it('reads complete lists, after one error in all', async () => {
      const { live, store, transport } = createSubject();
      store.largestLimit = 50;
      store.add(120, 'RUNNING');

      expect(new Set(await live()).size).to.equal(120);
      expect(transport.requests).to.have.length(4);
      expect(await live()).to.have.length(120);

      expect(transport.requests).to.have.length(7);
    });

    it('polls with the allowed limit', async () => {
      const { poll, store } = createSubject();
      store.largestLimit = 50;
      store.add(120);

      expect(await poll(200)).to.have.length(50);
      expect(await poll(20)).to.have.length(20);
    });

    it('passes on other errors', async () => {
      const { failure, live, store } = createSubject();
      store.script.on('POST /flow_runs/filter', json({ detail: 'something else' }, 422));

      expect(await failure(live())).to.have.property('code', 'PREFECT_REFUSED');
    });
  });

  describe('with runs too large for one response', () => {
    it('reads the list in smaller pages, without reporting it', async () => {
      const { live, store, transport, warnings } = createSubject();
      store.add(120, 'RUNNING');
      store.mostSize = 50;

      expect(new Set(await live()).size).to.equal(120);

      // 200 and 100 are too large, then 50 at a time.
      expect(transport.requests).to.have.length(5);
      expect(warnings).to.deep.equal([]);
    });

    it('polls for fewer runs', async () => {
      const { poll, store } = createSubject();
      store.add(120);
      store.mostSize = 50;

      expect(await poll(200)).to.have.length(50);
    });

    it('skips a run that fits no response, in lists and in polls, and reports it once', async () => {
      const { api, live, poll, store, warnings } = createSubject();
      store.add(20);
      const huge = store.runs[7] ?? expect.fail();
      huge.size = 1000;
      store.mostSize = 500;

      expect(await poll()).to.have.length(7);
      for (const run of store.runs.slice(0, 7)) run.stateType = 'RUNNING';
      huge.stateType = 'RUNNING';
      expect(await live()).to.have.length(7);
      expect(await poll()).to.have.length(12);

      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.contain('"flowRunId":"run-0007"');
      expect(api.passedOver).to.deep.equal([
        'Prefect fails every list that contains flow run run-0007; the run is skipped',
      ]);
    });

    it('fails for an endless list before it takes much memory', async () => {
      const { failure, live, store, transport } = createSubject();
      const page = json(Array.from({ length: 200 }, () => ({ id: 'r', name: 'x'.repeat(40_000) })));
      store.script
        .on('POST /flow_runs/filter', page)
        .on('POST /ui/flow_runs/history', json({ detail: 'Not Found' }, 404));

      const error = await failure(live());

      expect(error).to.have.property('code', 'ORCHESTRATOR_UNAVAILABLE');
      expect(error).to.have.nested.property('cause.code', 'PREFECT_ANSWER_TOO_LARGE');
      expect(transport.requests.length).to.be.lessThan(40);
    });
  });

  describe('with records that the server cannot read', () => {
    const reading = ({ api, failure }: ReturnType<typeof createSubject>, id = 'd') => failure(api.readDeployment(id));

    it('fails for that record, reports it once, and reads others', async () => {
      const subject = createSubject();
      subject.store.unreadable.add('d').add('f');

      expect(await reading(subject)).to.have.property('code', 'CONTROL_PLANE_RECORD_UNREADABLE');
      expect(await reading(subject)).to.have.property('code', 'CONTROL_PLANE_RECORD_UNREADABLE');
      expect(await subject.failure(subject.api.readFlow('f'))).to.have.property(
        'code',
        'CONTROL_PLANE_RECORD_UNREADABLE',
      );

      expect(await subject.api.readDeployment('e')).to.have.property('id', 'e');
      expect(subject.warnings).to.have.length(2);
      expect(subject.warnings.join()).to.contain('"deploymentId":"d"').and.to.contain('"flowId":"f"');
      expect(subject.api.passedOver).to.deep.equal([
        'Prefect responds with 500 when deployment d is read; its runs are skipped',
        'Prefect responds with 500 when flow f is read; its runs are skipped',
      ]);
    });

    it('does not conclude this from a single 500 nor from a server that fails for all records', async () => {
      const subject = createSubject();
      const { store, api } = subject;
      store.unreadable.add('d');
      store.script.on('GET /deployments/00000000-0000-0000-0000-000000000000', () => {
        store.unreadable.clear();
        return json({ detail: 'Not found' }, 404);
      });
      expect(await api.readDeployment('d')).to.have.property('id', 'd');

      store.isBroken = true;
      expect(await subject.failure(api.readFlow('f'))).to.have.property('code', 'ORCHESTRATOR_UNAVAILABLE');

      expect(api.passedOver).to.deep.equal([]);
    });

    it('polls past its runs, wherever they are and however few runs a limit returns at a time', async () => {
      const subject = createSubject();
      const { poll, store } = subject;
      store.add(9);
      for (const index of [0, 1, 3]) (store.runs[index] ?? expect.fail()).deploymentId = 'd';
      (store.runs[4] ?? expect.fail()).flowId = 'f';
      store.unreadable.add('d').add('f');
      await reading(subject);
      await subject.failure(subject.api.readFlow('f'));

      expect(await poll(3)).to.deep.equal(['run-0002']);
      store.openSlots = 1;
      expect(await poll()).to.deep.equal(['run-0002']);
      (store.runs[2] ?? expect.fail()).stateType = 'PENDING';
      expect(await poll()).to.deep.equal(['run-0005']);
      for (const run of store.runs.slice(5)) run.deploymentId = 'd';

      expect(await poll()).to.deep.equal([]);
    });

    it('gives up a poll that finds only its runs, after twenty requests', async () => {
      const subject = createSubject();
      const { store, transport } = subject;
      for (const run of store.add(100)) run.deploymentId = 'd';
      store.unreadable.add('d');
      store.openSlots = 1;
      await reading(subject);
      const before = transport.requests.length;

      expect(await subject.poll()).to.deep.equal([]);

      expect(transport.requests.length - before).to.equal(20);
    });

    for (const [what, read] of [
      ['block document x', (api: PrefectApi) => api.readBlockDocumentById('x')],
      ['block document secret/x', (api: PrefectApi) => api.readBlockDocument('secret', 'x')],
      ['variable x', (api: PrefectApi) => api.readVariable('x')],
    ] as const) {
      it(`skips exactly the runs that were found to refer to ${what}, until it can be read`, async () => {
        const { api, clock, failure, poll, store, warnings } = createSubject();
        store.add(3);
        store.unreadable.add('x');

        expect(await failure(read(api))).to.have.property('code', 'CONTROL_PLANE_RECORD_UNREADABLE');
        api.passOver('run-0001');

        expect(await poll()).to.deep.equal(['run-0000', 'run-0002']);
        expect(warnings.join()).to.match(/^[^,]*the runs that refer to it are skipped/);
        expect(api.passedOver).to.deep.equal([
          `Prefect responds with 500 when ${what} is read; the runs that refer to it are skipped`,
        ]);
        store.unreadable.clear();
        await clock.advance(60_000);

        expect(await poll()).to.have.length(3);
        expect(api.passedOver).to.deep.equal([]);
        store.unreadable.add('y');
        await failure(api.readVariable('y'));
        expect(await poll()).to.have.length(3);
      });
    }

    it('skips a run only while something cannot be read', async () => {
      const { api, poll, store } = createSubject();
      store.add(1);

      api.passOver('run-0000');

      expect(await poll()).to.have.length(1);
    });

    for (const [what, mend] of [
      ['repaired', (store: FakeRunStore) => store.unreadable.clear()],
      ['deleted', (store: FakeRunStore) => void (store.unreadable.delete('d') && store.deleted.add('d'))],
    ] as const) {
      it(`returns its runs again a minute after it was ${what}`, async () => {
        const subject = createSubject();
        const { api, clock, poll, store } = subject;
        for (const run of store.add(2)) run.deploymentId = 'd';
        store.unreadable.add('d');
        await reading(subject);
        await clock.advance(60_000);
        expect(await poll()).to.deep.equal([]);
        mend(store);

        await clock.advance(59_000);
        expect(await poll()).to.deep.equal([]);
        await clock.advance(1000);

        expect(await poll()).to.have.length(2);
        expect(api.passedOver).to.deep.equal([]);
        expect(subject.warnings).to.have.length(1);
      });
    }
  });

  describe('with runs that the server cannot read', () => {
    const poison = (store: FakeRunStore, ...at: readonly number[]): void => {
      for (const index of at) (store.runs[index] ?? expect.fail('no such run')).isPoisoned = true;
    };

    it('lists all others, reports each once, and excludes it from then on', async () => {
      const { api, live, store, transport, warnings } = createSubject();
      store.add(450, 'RUNNING');
      poison(store, 7, 300);

      expect(await live())
        .to.have.length(448)
        .and.not.to.include.members(['run-0007']);
      const before = transport.requests.length;
      expect(before).to.be.lessThan(60);
      expect(await live()).to.have.length(448);

      expect(transport.requests.length - before).to.equal(3);
      expect(warnings).to.have.length(2);
      expect(warnings.join()).to.contain('"flowRunId":"run-0007"').and.to.contain('"flowRunId":"run-0300"');
      expect(api.passedOver).to.have.length(2);
    });

    it('lists a run again once it was repaired, at most ten minutes later', async () => {
      const { api, clock, live, store } = createSubject();
      store.add(5, 'RUNNING');
      poison(store, 2);
      await live();
      (store.runs[2] ?? expect.fail()).isPoisoned = false;

      expect(await live()).to.have.length(4);
      await clock.advance(10 * 60_000);

      expect(await live()).to.have.length(5);
      expect(api.passedOver).to.deep.equal([]);
    });

    it('polls the runs that are due before and after it', async () => {
      const { poll, store } = createSubject();
      store.add(6);
      poison(store, 2, 3);

      expect(await poll()).to.deep.equal(['run-0000', 'run-0001']);
      for (const run of store.runs.slice(0, 2)) run.stateType = 'PENDING';
      expect(await poll()).to.deep.equal(['run-0004', 'run-0005']);
      for (const run of store.runs.slice(4)) run.stateType = 'PENDING';

      expect(await poll()).to.deep.equal([]);
    });

    it('polls past the first and the last one of the queue', async () => {
      const { poll, store } = createSubject();
      store.add(3);
      poison(store, 0, 2);

      expect(await poll()).to.deep.equal(['run-0001']);
    });

    it('finds another one later', async () => {
      const { poll, store } = createSubject();
      store.add(4);
      poison(store, 0);
      expect(await poll()).to.deep.equal(['run-0001', 'run-0002', 'run-0003']);

      poison(store, 1);

      expect(await poll()).to.deep.equal(['run-0002', 'run-0003']);
    });

    it('never treats a run that is requested by its id as deleted', async () => {
      const { api, store } = createSubject();
      const ids = store.add(4, 'RUNNING').map(({ id }) => id);
      await api.listFlowRuns({ flow_runs: { id: { any_: ids } } });
      poison(store, 1);
      (store.runs[1] ?? expect.fail()).stateType = 'CANCELLING';

      const listed = await api.listFlowRuns({ flow_runs: { id: { any_: ids } } });
      const read = await api.readFlowRun('run-0001');

      expect(listed.map(({ id, state_type }) => `${id} ${state_type}`)).to.have.members([
        'run-0000 RUNNING',
        'run-0001 CANCELLING',
        'run-0002 RUNNING',
        'run-0003 RUNNING',
      ]);
      expect(read).to.deep.include({ name: 'name of run-0001', state_type: 'CANCELLING' });
    });

    it('recognises that such a run was deleted', async () => {
      const { api, store } = createSubject();
      store.add(2, 'RUNNING');
      await api.listFlowRuns(LIVE);
      poison(store, 1);
      await api.listFlowRuns(LIVE);
      store.runs.pop();

      const listed = await api.listFlowRuns({ flow_runs: { id: { any_: ['run-0000', 'run-0001'] } } });

      expect(listed.map(({ id }) => id)).to.deep.equal(['run-0000']);
    });

    it('fails for one that it has never seen, requested by its id', async () => {
      const { api, failure, store } = createSubject();
      store.add(1, 'RUNNING');
      poison(store, 0);

      expect(await failure(api.readFlowRun('run-0000'))).to.have.property('code', 'ORCHESTRATOR_UNAVAILABLE');
    });

    it('skips the only run', async () => {
      const { api, live, store } = createSubject();
      store.add(1, 'RUNNING');
      poison(store, 0);

      expect(await live()).to.deep.equal([]);
      expect(api.passedOver).to.have.length(1);
    });

    it('recognises a server that fails for everything', async () => {
      const { api, failure, live, poll, store, transport, warnings } = createSubject();
      store.add(200, 'RUNNING');
      store.isBroken = true;

      expect(await failure(live())).to.have.property('code', 'ORCHESTRATOR_UNAVAILABLE');
      expect(await failure(poll())).to.have.property('code', 'ORCHESTRATOR_UNAVAILABLE');

      expect(transport.requests.length).to.be.lessThan(30);
      expect(warnings.filter((line) => line.includes('flowRunId'))).to.deep.equal([]);
      expect(api.passedOver).to.deep.equal([]);
    });

    it('finds one in a page by its position, however many runs there are, and keeps the others', async () => {
      const { api, store } = createSubject();
      store.add(1500, 'RUNNING');
      poison(store, 2, 5);
      const left = ['run-0008', 'run-0009'];

      const { items, hasMore } = await api.listFlowRunPage(
        { flow_runs: { id: { not_any_: left } } },
        { sort: 'ID_DESC', limit: 200, offset: 1400 },
      );

      expect(items.map(({ id }) => id))
        .to.have.length(96)
        .and.not.to.include.members(['run-0002', 'run-0005']);
      expect(items.map(({ id }) => id)).not.to.include.members(left);
      expect(hasMore).to.equal(false);
      expect(api.passedOver).to.have.length(2);
    });

    it('fails as the server does if it cannot list runs without labels', async () => {
      const { failure, live, store } = createSubject();
      store.hasHistory = false;
      store.add(2, 'RUNNING');
      poison(store, 0);

      expect(await failure(live())).to.have.property('code', 'ORCHESTRATOR_UNAVAILABLE');
    });
  });
});
