import {
  type Logger,
  OrchestratorUnauthorizedError,
  OrchestratorUnavailableError,
  SecretRegistry,
  silentLogger,
  silentMeter,
  type WorkPool,
} from '@worker-host/core';
import { expect } from 'chai';
import { PREFECT_VERSION, type PrefectConnection } from '../../../src/orchestrators/prefect/connection.js';
import { PrefectOrchestrator } from '../../../src/orchestrators/prefect/prefect-orchestrator.js';
import { partsOf } from '../../../src/orchestrators/prefect/prefect-parts.js';
import { PrefectServerVersionError } from '../../../src/orchestrators/prefect/rest/rest-errors.js';
import { PrefectSettings } from '../../../src/orchestrators/prefect/settings/prefect-settings.js';
import { type SocketOpening, SocketRefusedError } from '../../../src/orchestrators/prefect/sockets/prefect-socket.js';
import { aConnection } from './support/a-connection.js';
import { aRun } from './support/a-run.js';
import { ApiScript, json, NOT_FOUND } from './support/api-script.js';
import { FakeSockets } from './support/fake-socket.js';
import { FakeTransport } from './support/fake-transport.js';
import { ManualClock, settle } from './support/manual-clock.js';

const TEMPLATE = { job_configuration: { command: '{{ command }}' }, variables: { properties: { command: {} } } };
const aPool = (changes: object = {}) => ({
  id: 'p-id',
  name: 'p',
  type: 'some-type',
  base_job_template: TEMPLATE,
  is_paused: false,
  concurrency_limit: null,
  ...changes,
});
const aState = (type: string, transition: unknown, id = 's-new') => ({
  id,
  type,
  name: type,
  timestamp: '2027-01-01T00:00:05.5Z',
  message: null,
  data: null,
  state_details: { transition_id: transition },
});
const transitionOf = (body: Record<string, unknown>) =>
  ((body.state as Record<string, unknown>).state_details as Record<string, unknown>).transition_id;
const NO_CHANNEL = (opening: SocketOpening): Error | null =>
  opening.path.endsWith('/connect') ? new SocketRefusedError('upgrade', 403, null, 'no channel') : null;

describe('PrefectOrchestrator', () => {
  const createSubject = (
    options: {
      connection?: Partial<PrefectConnection>;
      refuse?: (opening: SocketOpening) => Error | null;
      logger?: Logger;
    } = {},
  ) => {
    const clock = new ManualClock();
    const script = new ApiScript()
      .on('GET /admin/version', json(PREFECT_VERSION))
      .on('GET /work_pools/p', json(aPool()))
      .on('POST /work_pools/p/workers/heartbeat', { status: 204, body: '' });
    const transport = new FakeTransport(script.answer);
    const sockets = new FakeSockets(options.refuse ?? NO_CHANNEL);
    const parts = partsOf(
      {
        settings: new PrefectSettings(new Map(), { name: 'test', file: null, missing: null }, []),
        environment: {},
        clock,
        logger: options.logger ?? silentLogger,
        meter: silentMeter,
        secrets: new SecretRegistry(),
      },
      aConnection(options.connection),
      transport,
      sockets.open,
    );
    const orchestrator = new PrefectOrchestrator(parts);
    const told: string[] = [];
    const pools: (WorkPool | null)[] = [];
    const teardowns: object[] = [];
    const open = (request = { createIfNotFound: true, defaultBaseJobTemplate: TEMPLATE }) =>
      orchestrator.open(
        {
          name: 'w1',
          type: 'some-type',
          workPoolName: 'p',
          workQueueNames: [],
          limit: null,
          heartbeatIntervalSeconds: 30.5,
        },
        request,
        {
          onCancelling: (id) => told.push(`cancelling ${id}`),
          onWorkAvailable: () => told.push('work'),
          onWorkPool: (pool) => pools.push(pool),
          onTeardown: async (asked) => {
            teardowns.push(asked);
          },
        },
      );
    /** The server's side of the channel's set-up, if the channel is allowed. */
    const channel = () => {
      const socket = sockets.sockets.find(({ opening }) => opening.path.endsWith('/connect'));
      if (!socket) throw new Error('the channel was not opened');
      return socket;
    };
    const becomeReady = (socket = channel()) => {
      const hello = socket.sent[0]?.payload as { consumer_id: string; requested_capabilities: string[] };
      socket.receive({
        type: 'worker.ready.v1',
        id: 'f',
        sent_at: '2027-01-01T00:00:00Z',
        payload: {
          consumer_id: hello.consumer_id,
          worker_id: null,
          effective_heartbeat_interval_seconds: 30,
          accepted_capabilities: hello.requested_capabilities,
          initial_snapshot: { snapshot_sequence: 1, reason: 'initial', work_pool: aPool() },
        },
      });
    };
    return { clock, script, transport, sockets, orchestrator, told, pools, teardowns, open, channel, becomeReady };
  };
  const polledRun = async (subject: ReturnType<typeof createSubject>, changes: object = {}) => {
    const run = { ...aRun({ state_type: 'SCHEDULED', state: null }), ...changes };
    subject.script.on('POST /work_pools/p/get_scheduled_flow_runs', json([{ work_queue_id: 'q', flow_run: run }]));
    const [flowRun] = await subject.orchestrator.getScheduledFlowRuns({ scheduledBeforeMs: 0, limit: 5 });
    if (!flowRun) throw new Error('no run');
    return flowRun;
  };

  describe('without a channel', () => {
    it('creates the pool, sets its template and sends heartbeats by REST', async () => {
      const subject = createSubject();
      const { script, transport, orchestrator } = subject;
      let pool: object | null = null;
      script
        .on('GET /work_pools/p', () => (pool === null ? NOT_FOUND : json(pool)))
        .on('POST /work_pools/', (body) => {
          pool = aPool({ ...body, base_job_template: {} });
          return json(pool, 201);
        })
        .on('PATCH /work_pools/p', { status: 204, body: '' });

      await subject.open();
      const { workPool, namesakes } = await orchestrator.heartbeat();

      expect(namesakes).to.deep.equal([]);
      expect(workPool).to.deep.include({ name: 'p', type: 'some-type', baseJobTemplate: TEMPLATE });
      expect(transport.paths).to.deep.equal([
        'GET /admin/version',
        'POST /work_pools/p/workers/filter',
        'GET /work_pools/p',
        'POST /work_pools/',
        'PATCH /work_pools/p',
        'POST /work_pools/p/workers/heartbeat',
      ]);
      expect(JSON.parse(transport.requests.at(-1)?.body ?? '')).to.deep.equal({
        name: 'w1',
        heartbeat_interval_seconds: 30,
      });
      expect(transport.requests.at(-1)?.headers).to.include({ 'X-Prefect-Worker-Name': 'w1' });
      await orchestrator.close();
    });

    it('uses the pool that another worker has created meanwhile', async () => {
      const subject = createSubject();
      let reads = 0;
      subject.script
        .on('GET /work_pools/p', () => {
          reads += 1;
          return reads === 1 ? NOT_FOUND : json(aPool());
        })
        .on('POST /work_pools/', json({ detail: 'exists' }, 409));

      await subject.open();

      expect((await subject.orchestrator.heartbeat()).workPool).to.include({ id: 'p-id' });
      await subject.orchestrator.close();
    });

    it('has no pool if there is none and none should be created', async () => {
      const subject = createSubject();
      subject.script.on('GET /work_pools/p', NOT_FOUND);

      await subject.open({ createIfNotFound: false, defaultBaseJobTemplate: TEMPLATE });

      expect((await subject.orchestrator.heartbeat()).workPool).to.equal(null);
      await subject.orchestrator.close();
    });

    it('gets its id from Prefect Cloud with one request', async () => {
      const subject = createSubject({ connection: { isCloud: true, isVersionChecked: false } });
      const bodies: object[] = [];
      subject.script.on('POST /work_pools/p/workers/heartbeat', (body) => {
        bodies.push(body);
        return json('0b1c6dd5-0000-4000-8000-000000000000');
      });

      await subject.open();
      await subject.orchestrator.heartbeat();
      await subject.orchestrator.heartbeat();

      expect(subject.orchestrator.workerId).to.equal('0b1c6dd5-0000-4000-8000-000000000000');
      expect(bodies[0]).to.include({ return_id: true });
      expect(bodies[1]).to.deep.equal({ name: 'w1', heartbeat_interval_seconds: 30 });
      expect(subject.transport.requests.at(-1)?.headers).to.include({
        'X-Prefect-Worker-Id': '0b1c6dd5-0000-4000-8000-000000000000',
      });
      await subject.orchestrator.close();
    });
  });

  describe('with a channel', () => {
    const ANY = { refuse: () => null };

    it('needs no request for pool and heartbeat', async () => {
      const subject = createSubject(ANY);
      const opened = subject.open();
      await settle();
      subject.becomeReady();
      await opened;
      // The set-up of the channel is a heartbeat, which the first poll need not wait for again.
      expect((await subject.orchestrator.heartbeat()).workPool).to.include({ name: 'p' });
      expect(subject.channel().sent.map(({ type }) => type)).to.deep.equal(['worker.hello.v1']);
      await subject.clock.advance(1000);

      for (let round = 0; round < 5; round += 1) {
        const beating = subject.orchestrator.heartbeat();
        await subject.clock.advance(1000);
        expect((await beating).workPool).to.include({ name: 'p' });
      }
      await subject.clock.advance(55_000);

      expect(subject.transport.paths).to.deep.equal(['GET /admin/version', 'POST /work_pools/p/workers/filter']);
      expect(subject.channel().sent.filter((sent) => sent.type === 'worker.heartbeat.v1')).to.have.length(5 + 10);
      await subject.orchestrator.close();
    });

    describe('prepared while the plugin is loaded', () => {
      const FIRST = ['GET /admin/version', 'POST /work_pools/p/workers/filter'];
      const channels = ({ sockets }: ReturnType<typeof createSubject>) =>
        sockets.sockets.filter(({ opening }) => opening.path.endsWith('/connect'));
      const openAfter = async (subject: ReturnType<typeof createSubject>) => {
        const opened = subject.open();
        await settle();
        const [socket] = channels(subject).slice(-1);
        if (socket?.isOpen) subject.becomeReady(socket);
        await opened;
      };

      it('sends its first requests and opens its channel early, and says hello when it is opened', async () => {
        const subject = createSubject(ANY);

        subject.orchestrator.prepare({ name: 'w1', workPoolName: 'p' });
        await settle();
        expect(subject.transport.paths).to.deep.equal(FIRST);
        expect(channels(subject).map(({ sent }) => sent)).to.deep.equal([[]]);
        await openAfter(subject);

        expect(subject.transport.paths).to.deep.equal(FIRST);
        expect(channels(subject)).to.have.length(1);
        expect(subject.orchestrator.prefectVersion).to.equal(PREFECT_VERSION);
        expect((await subject.orchestrator.heartbeat()).workPool).to.include({ name: 'p' });
        await subject.orchestrator.close();
        expect(channels(subject)[0]?.isOpen).to.equal(false);
      });

      it('asks again, on another socket, for another name and after five seconds', async () => {
        for (const [name, ageMs] of [
          ['w2', 0],
          ['w1', 5000],
        ] as const) {
          const subject = createSubject(ANY);
          subject.orchestrator.prepare({ name, workPoolName: 'p' });
          await settle();
          await subject.clock.advance(ageMs);
          await openAfter(subject);

          expect(subject.transport.paths, name).to.deep.equal([...FIRST, ...FIRST]);
          expect(channels(subject).map(({ isOpen, sent }) => [isOpen, sent.length])).to.deep.equal([
            [false, 0],
            [true, 1],
          ]);
          await subject.orchestrator.close();
        }
      });

      it('opens another socket if the server has closed the early one', async () => {
        const subject = createSubject(ANY);
        subject.orchestrator.prepare({ name: 'w1', workPoolName: 'p' });
        await settle();
        channels(subject)[0]?.close(1001);
        await settle();
        await openAfter(subject);

        expect(channels(subject).map(({ isOpen }) => isOpen)).to.deep.equal([false, true]);
        await subject.orchestrator.close();
      });

      it('does not open on a server of another major version, and says no hello to it', async () => {
        const subject = createSubject(ANY);
        subject.script.on('GET /admin/version', json('2.20.0'));
        subject.orchestrator.prepare({ name: 'w1', workPoolName: 'p' });
        await settle();

        const error = await subject.open().catch((reason: unknown) => reason);

        expect(error).to.have.property('code', 'PREFECT_SERVER_VERSION');
        await settle();
        expect(channels(subject).map(({ isOpen, sent }) => [isOpen, sent.length])).to.deep.equal([[false, 0]]);
        await subject.orchestrator.close();
      });

      it('is given up when the worker is never opened', async () => {
        const subject = createSubject(ANY);
        subject.orchestrator.prepare({ name: 'w1', workPoolName: 'p' });
        await settle();

        await subject.orchestrator.close();
        await settle();

        expect(channels(subject).map(({ isOpen }) => isOpen)).to.deep.equal([false]);
      });
    });

    it('reports changes of the pool, and uses REST when the channel is disconnected', async () => {
      const subject = createSubject(ANY);
      const opened = subject.open();
      await settle();
      subject.becomeReady();
      await opened;

      subject.channel().receive({
        type: 'work_pool.snapshot.v1',
        id: 'f',
        sent_at: '2027-01-01T00:00:00Z',
        payload: { snapshot_sequence: 2, reason: 'work_pool_updated', work_pool: aPool({ is_paused: true }) },
      });
      expect(subject.pools.at(-1)).to.include({ isPaused: true });
      subject.channel().close(1006);
      await settle();
      await subject.orchestrator.heartbeat();

      expect(subject.transport.paths.slice(2)).to.deep.equal([
        'GET /work_pools/p',
        'POST /work_pools/p/workers/heartbeat',
      ]);
      await subject.orchestrator.close();
    });

    it('polls immediately when the pool is resumed or its limit raised', async () => {
      const subject = createSubject(ANY);
      const opened = subject.open();
      await settle();
      subject.becomeReady();
      await opened;
      const snapshot = (sequence: number, changes: object): void =>
        subject.channel().receive({
          type: 'work_pool.snapshot.v1',
          id: 'f',
          sent_at: '2027-01-01T00:00:00Z',
          payload: { snapshot_sequence: sequence, reason: 'work_pool_updated', work_pool: aPool(changes) },
        });

      snapshot(2, { is_paused: true, concurrency_limit: 1 });
      expect(subject.told).to.deep.equal([]);
      snapshot(3, { is_paused: false, concurrency_limit: 1 });
      expect(subject.told).to.deep.equal(['work']);
      snapshot(4, { is_paused: false, concurrency_limit: 2 });
      snapshot(5, { is_paused: false, concurrency_limit: null });
      snapshot(6, { is_paused: false, concurrency_limit: 5 });

      expect(subject.told).to.deep.equal(['work', 'work', 'work']);
      await subject.orchestrator.close();
    });

    it('tears down by the id in the message, otherwise by that of the run, and acknowledges a run that was deleted', async () => {
      const subject = createSubject(ANY);
      const opened = subject.open();
      await settle();
      subject.becomeReady();
      await opened;
      subject.script
        .on('GET /flow_runs/r1', json(aRun({ infrastructure_pid: 'from-run' })))
        .on('GET /flow_runs/r2', NOT_FOUND);
      const message = (flowRunId: string, pid: string | null, kind = 'cancelling_timeout_teardown.v1') => ({
        type: 'cleanup.message.v1',
        id: 'f',
        sent_at: '2027-01-01T00:00:00Z',
        payload: {
          message_id: `m-${flowRunId}-${pid}-${kind}`,
          kind,
          reservation_token: `t-${flowRunId}-${pid}-${kind}`,
          lease_expires_at: '2027-01-01T00:00:30Z',
          delivery_count: 1,
          target: { flow_run_id: flowRunId, infrastructure_pid: pid },
          data: {},
        },
      });
      const settled = async (count: number) => {
        await settle();
        const acks = subject.channel().sent.filter((sent) => sent.type === 'cleanup.ack.v1');
        expect(acks).to.have.length(count);
        subject.channel().receive({
          type: 'cleanup.operation_result.v1',
          id: 'f',
          sent_at: '2027-01-01T00:00:00Z',
          payload: { request_frame_id: acks.at(-1)?.id, message_id: 'm', operation: 'ack', status: 'accepted' },
        });
        await settle();
      };

      subject.channel().receive(message('r1', 'from-message'));
      await settled(1);
      subject.channel().receive(message('r1', null));
      await settled(2);
      subject.channel().receive(message('r2', null));
      await settled(3);
      subject.channel().receive(message('r1', 'unclaimed', 'pending_claim_teardown.v1'));
      await settled(4);

      expect(subject.teardowns).to.deep.equal([
        { flowRunId: 'r1', infrastructurePid: 'from-message', isCancelled: true },
        { flowRunId: 'r1', infrastructurePid: 'from-run', isCancelled: true },
        { flowRunId: 'r1', infrastructurePid: 'unclaimed', isCancelled: false },
      ]);
      await subject.orchestrator.close();
    });
  });

  describe('claim', () => {
    for (const [title, result, reason] of [
      [
        'another worker has it',
        { status: 'ABORT', state: aState('PENDING', 'other'), details: { reason: 'taken' } },
        /taken/,
      ],
      ['another worker was first', { status: 'REJECT', state: aState('PENDING', 'other'), details: {} }, /PENDING/],
      [
        'a limit is reached',
        { status: 'REJECT', state: aState('SCHEDULED', null), details: { reason: 'limit' } },
        /limit/,
      ],
      ['it was cancelled', { status: 'REJECT', state: aState('CANCELLED', null), details: {} }, /CANCELLED/],
    ] as const) {
      it(`is not granted when ${title}`, async () => {
        const subject = createSubject();
        await subject.open();
        subject.script.on('POST /flow_runs/r1/set_state', json(result));

        const answer = await subject.orchestrator.claim(await polledRun(subject));

        expect(answer.claimed).to.equal(false);
        expect('reason' in answer && answer.reason).to.match(reason);
        await subject.orchestrator.close();
      });
    }

    it('is not granted for a run that was deleted', async () => {
      const subject = createSubject();
      await subject.open();

      expect((await subject.orchestrator.claim(await polledRun(subject))).claimed).to.equal(false);
      await subject.orchestrator.close();
    });

    it('reads a run again that was polled a while ago, and never restarts one that has failed since', async () => {
      const subject = createSubject();
      await subject.open();
      const flowRun = await polledRun(subject);
      subject.script.on('GET /flow_runs/r1', json(aRun({ state_type: 'FAILED' })));
      await subject.clock.advance(3000);

      const answer = await subject.orchestrator.claim(flowRun);

      expect(answer).to.deep.equal({ claimed: false, reason: 'the run is not scheduled any more [state=FAILED]' });
      expect(subject.transport.paths).not.to.include('POST /flow_runs/r1/set_state');
      await subject.orchestrator.close();
    });
  });

  it('shares one read of a flow and of a deployment among many runs', async () => {
    const { orchestrator, open, script, transport } = createSubject();
    await open();
    script
      .on(
        'GET /deployments/d1',
        json({ id: 'd1', name: 'd', flow_id: 'f1', updated: null, job_variables: {}, tags: [] }),
      )
      .on('GET /flows/f1', json({ id: 'f1', name: 'f', tags: [] }));

    await Promise.all([1, 2, 3].map(() => orchestrator.readDeployment('d1')));
    await Promise.all([1, 2, 3].map(() => orchestrator.readFlow('f1')));
    await orchestrator.readFlow('f1');
    await orchestrator.readDeployment('d1');

    expect(transport.paths.filter((path) => path.includes('d1'))).to.have.length(1);
    expect(transport.paths.filter((path) => path.includes('f1'))).to.have.length(1);
    await orchestrator.close();
  });

  it('reads a deployment again for the runs of the next poll, and after ten seconds', async () => {
    const { orchestrator, clock, open, script, transport } = createSubject();
    await open();
    let reads = 0;
    script.on('POST /work_pools/p/get_scheduled_flow_runs', json([])).on('GET /deployments/d1', () => {
      reads += 1;
      return json({ id: 'd1', name: `d${reads}`, flow_id: 'f1', updated: null, job_variables: {}, tags: [] });
    });
    const poll = () => orchestrator.getScheduledFlowRuns({ scheduledBeforeMs: clock.nowMs(), limit: null });
    const nameOf = async () => (await orchestrator.readDeployment('d1'))?.name;
    expect([await nameOf(), await nameOf()]).to.deep.equal(['d1', 'd1']);

    await poll();
    // A read that began before the poll was answered may be older than its runs.
    await Promise.all([nameOf(), poll()]);
    expect([await nameOf(), await nameOf()]).to.deep.equal(['d3', 'd3']);
    await clock.advance(10_000);
    expect(await nameOf()).to.equal('d4');

    expect(transport.paths.filter((path) => path.includes('d1'))).to.have.length(4);
    await orchestrator.close();
  });

  it('reads runs that end at the same time by one request, and one that it lacks by another', async () => {
    const { orchestrator, open, script, transport } = createSubject();
    await open();
    script.on('POST /flow_runs/filter', json(['r1', 'r2'].map((id) => aRun({ id }))));

    const runs = await Promise.all(['r1', 'r2', 'r3'].map((id) => orchestrator.readFlowRun(id)));

    expect(runs.map((run) => run?.id ?? null)).to.deep.equal(['r1', 'r2', null]);
    expect(transport.paths.filter((path) => path.includes('/flow_runs/'))).to.deep.equal([
      'POST /flow_runs/filter',
      'GET /flow_runs/r3',
    ]);
    await orchestrator.close();
  });

  describe('when the server is unavailable', () => {
    const AWAY = { refuse: () => new SocketRefusedError('network', null, null, 'refused') };

    it('opens nevertheless, reports it on every call, and works when the server is available', async () => {
      const { orchestrator, open, script } = createSubject(AWAY);
      script.isAway = true;

      await open();
      const error = await orchestrator.heartbeat().catch((thrown: unknown) => thrown);
      script.isAway = false;

      expect(error).to.be.instanceOf(OrchestratorUnavailableError);
      expect(orchestrator.prefectVersion).to.equal(PREFECT_VERSION);
      expect((await orchestrator.heartbeat()).workPool).to.include({ name: 'p' });
      await orchestrator.close();
    });

    it('survives an hour of it, keeping logs and events', async () => {
      const { clock, orchestrator, open, script, transport } = createSubject({ refuse: NO_CHANNEL });
      await open();
      await orchestrator.heartbeat();
      script.on('POST /logs/', { status: 201, body: 'null' });

      script.isAway = true;
      orchestrator.log({ name: 'prefect.flow_runs.worker', level: 20, message: 'x', timestampMs: 0, flowRunId: 'r1' });
      const failures: unknown[] = [];
      for (let minute = 0; minute < 60; minute += 1) {
        const poll = orchestrator
          .getScheduledFlowRuns({ scheduledBeforeMs: 0, limit: null })
          .catch((error: unknown) => {
            failures.push(error);
          });
        await clock.advance(60_000);
        await poll;
      }
      script.isAway = false;
      await clock.advance(60_000);

      expect(failures).to.have.length(60);
      expect(failures.every((error) => error instanceof OrchestratorUnavailableError)).to.equal(true);
      expect((await orchestrator.heartbeat()).workPool).to.include({ name: 'p' });
      const logs = transport.requests.filter(({ url }) => url.endsWith('/logs/'));
      expect(JSON.parse(logs.at(-1)?.body ?? '[]')).to.have.length(1);
      await orchestrator.close();
    });
  });

  it('logs once that the server knows no such queue, and continues polling', async () => {
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
    const { orchestrator, open, script } = createSubject({ logger });
    await open();
    const poll = () => orchestrator.getScheduledFlowRuns({ scheduledBeforeMs: 0, limit: null });

    expect([await poll(), await poll()]).to.deep.equal([[], []]);
    expect(warnings).to.deep.equal(['Polling found no work pool or queue']);

    script.on('POST /work_pools/p/get_scheduled_flow_runs', json([{ work_queue_id: 'q', flow_run: aRun() }]));
    expect(await poll()).to.have.length(1);
    await orchestrator.close();
  });

  it('does not open if its credentials are rejected', async () => {
    const { open, script, orchestrator } = createSubject();
    script.on('GET /admin/version', json({ exception_message: 'Unauthorized' }, 401));

    expect(await open().catch((thrown: unknown) => thrown)).to.be.instanceOf(OrchestratorUnauthorizedError);
    await orchestrator.close();
  });

  it('does not open on a server of another major version', async () => {
    const { open, script, orchestrator } = createSubject();
    script.on('GET /admin/version', json('2.20.0'));

    expect(await open().catch((thrown: unknown) => thrown)).to.be.instanceOf(PrefectServerVersionError);
    await orchestrator.close();
  });

  it('opens on an older server of the same major version, whose version it then reports', async () => {
    const { open, script, orchestrator } = createSubject();
    script.on('GET /admin/version', json('3.6.1'));

    await open();

    expect(orchestrator.prefectVersion).to.equal('3.6.1');
    await orchestrator.close();
  });

  for (const [version, isWarnedOf] of [
    ['3.9.1', false],
    ['3.8.8', false],
    ['3.10.0', false],
    ['3.8.7', true],
    ['3.7.9', true],
  ] as const) {
    it(`${isWarnedOf ? 'warns' : 'does not warn'} of server ${version}`, async () => {
      const warnings: string[] = [];
      const logger: Logger = { ...silentLogger, warn: (message) => void warnings.push(message) };
      const { open, script, orchestrator } = createSubject({ logger });
      script.on('GET /admin/version', json(version));

      await open();

      const told = warnings.filter((line) => line.includes('is older than 3.8.8'));
      expect(told).to.have.length(isWarnedOf ? 1 : 0);
      await orchestrator.close();
    });
  }

  it('reports the condition of the API until it responds again, and skipped records', async () => {
    const { open, script, orchestrator, clock } = createSubject();
    await open();
    expect(orchestrator.condition).to.deep.equal({ problems: [], passedOver: [] });
    let isOver = false;
    script.on('GET /flows/f', () =>
      isOver ? json({ id: 'f', name: 'f', tags: [] }) : { status: 503, headers: { 'prefect-maintenance': 'true' } },
    );

    const read = orchestrator.readFlow('f');
    await settle();
    expect(orchestrator.condition.problems).to.deep.equal(['The Prefect API announces maintenance']);
    isOver = true;
    await clock.advance(60_000);
    await read;

    expect(orchestrator.condition.problems).to.deep.equal([]);
    await orchestrator.close();
  });

  it('reports cancellations and new work from the event stream', async () => {
    const subject = createSubject();
    await subject.open();
    await subject.orchestrator.heartbeat();
    await settle();
    const event = (name: string, id: string) => ({
      type: 'event',
      event: {
        id,
        occurred: '2027-01-01T00:00:00Z',
        event: `prefect.flow-run.${name}`,
        resource: { 'prefect.resource.id': 'prefect.flow-run.r9', 'prefect.run-count': '1' },
      },
    });

    subject.sockets.last.receive(event('Scheduled', 'e1'));
    subject.sockets.last.receive(event('Cancelling', 'e2'));

    expect(subject.told).to.deep.equal(['work', 'cancelling r9']);
    await subject.orchestrator.close();
  });

  it('reports no cancellation of an attempt before the current one, which the stream sends again when it opens', async () => {
    const subject = createSubject();
    await subject.open();
    await subject.orchestrator.heartbeat();
    await settle();
    subject.script.on('POST /flow_runs/r1/set_state', (body) =>
      json({ status: 'ACCEPT', state: aState('PENDING', transitionOf(body)), details: {} }, 201),
    );
    const answer = await subject.orchestrator.claim(await polledRun(subject));
    if (!answer.claimed) throw new Error(answer.reason);
    const cancelledAt = (ms: number, id: string) => ({
      type: 'event',
      event: {
        id,
        occurred: new Date(answer.lease.attempt.startedAtMs + ms).toISOString(),
        event: 'prefect.flow-run.Cancelling',
        resource: { 'prefect.resource.id': 'prefect.flow-run.r1', 'prefect.run-count': '1' },
      },
    });

    subject.sockets.last.receive(cancelledAt(-30_000, 'e1'));
    expect(subject.told).to.deep.equal([]);
    subject.sockets.last.receive(cancelledAt(1000, 'e2'));

    expect(subject.told).to.deep.equal(['cancelling r1']);
    await subject.orchestrator.close();
  });

  it('polls the active runs by REST while there is no stream', async () => {
    const subject = createSubject({ refuse: () => new SocketRefusedError('upgrade', 403, null, 'no') });
    await subject.open();
    await subject.orchestrator.heartbeat();
    subject.script.on('POST /flow_runs/r1/set_state', (body) =>
      json({ status: 'ACCEPT', state: aState('PENDING', transitionOf(body)), details: {} }, 201),
    );
    await subject.orchestrator.claim(await polledRun(subject));
    subject.script.on('POST /flow_runs/filter', json([aRun({ state_type: 'CANCELLING' })]));

    await subject.clock.advance(20_000);

    expect(subject.told).to.include('cancelling r1');
    await subject.orchestrator.close();
  });

  it('can be closed twice', async () => {
    const { open, orchestrator } = createSubject();
    await open();

    await orchestrator.close();
    await orchestrator.close();
  });
});
