import type { JsonObject, StateType } from '@worker-host/core';
import type { ApiFlowRun, ApiState } from '../../../../src/orchestrators/prefect/api/api-types.js';
import type {
  HttpAnswer,
  HttpRequest,
  HttpTransport,
} from '../../../../src/orchestrators/prefect/rest/http-transport.js';
import { HttpTransportError } from '../../../../src/orchestrators/prefect/rest/http-transport.js';
import { aRun } from './a-run.js';
import { FakeVariables } from './fake-variables.js';
import type { ManualClock } from './manual-clock.js';

type Body = Record<string, JsonObject[string]>;
type Answer = Partial<HttpAnswer>;
type StateCreate = Pick<ApiState, 'type' | 'name' | 'message' | 'state_details'>;

interface FlowRunQuery {
  readonly flow_runs?: {
    readonly id?: { readonly any_?: readonly string[]; readonly not_any_?: readonly string[] };
    readonly state?: { readonly type: { readonly any_: readonly StateType[] } };
    readonly expected_start_time?: { readonly before_: string };
  };
  readonly limit: number;
  readonly offset: number;
}

interface WorkerRow {
  readonly lastHeartbeatMs: number;
  readonly intervalSeconds: number;
}

const FINAL: readonly StateType[] = ['COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED'];
const INACTIVITY_MULTIPLE = 3;

const json = (body: unknown, status = 200): Answer => ({ status, body: JSON.stringify(body) });
const NOT_FOUND = json({ detail: 'not found' }, 404);

/**
 * A Prefect server in memory, as far as leases depend on it: flow runs with their states and labels, workers with their
 * heartbeats, one pool `p`. It has no leases, no compare and swap, and serves any number of workers.
 */
export class FakePrefect {
  readonly #runs = new Map<string, ApiFlowRun>();
  readonly #states = new Map<string, ApiState[]>();
  readonly #workers = new Map<string, WorkerRow>();
  #stateCount = 0;
  /** False: states are set one by one only. */
  hasBulkStates = true;
  readonly pool: { isPaused: boolean; concurrencyLimit: number | null; type: string; template: JsonObject } = {
    isPaused: false,
    concurrencyLimit: null,
    type: 'some-type',
    template: { a: 1 },
  };

  readonly variables: FakeVariables;

  constructor(private readonly clock: ManualClock) {
    this.variables = new FakeVariables(clock);
  }

  /** A transport of one worker. */
  connect(): FakeConnection {
    return new FakeConnection(this, this.clock);
  }

  addRun(id: string, changes: Partial<ApiFlowRun> = {}): void {
    const time = this.#time();
    const run = aRun({ id, expected_start_time: time, state: null, ...changes, state_type: 'SCHEDULED' });
    this.#runs.set(id, run);
    this.#enter(id, { type: 'SCHEDULED', name: 'Scheduled', message: null, state_details: {} });
  }

  /** What the job, a person or another tool does: no rules apply. */
  put(id: string, type: StateType, name: string = type, message: string | null = null): void {
    this.#enter(id, { type, name, message, state_details: {} });
  }

  removeRun(id: string): void {
    this.#runs.delete(id);
  }

  run(id: string): ApiFlowRun {
    const run = this.#runs.get(id);
    if (run === undefined) throw new Error(`no run ${id}`);
    return run;
  }

  change(id: string, changes: Partial<ApiFlowRun>): void {
    this.#runs.set(id, { ...this.run(id), ...changes });
  }

  label(id: string, labels: Record<string, unknown>): void {
    this.change(id, { labels: { ...this.run(id).labels, ...labels } as JsonObject });
  }

  states(id: string): readonly ApiState[] {
    return this.#states.get(id) ?? [];
  }

  heartbeat(name: string, intervalSeconds = 30): void {
    this.#workers.set(name, { lastHeartbeatMs: this.clock.nowMs(), intervalSeconds });
  }

  lastHeartbeatMs(name: string): number | null {
    return this.#workers.get(name)?.lastHeartbeatMs ?? null;
  }

  answer({ method, url, body: text }: HttpRequest): Answer {
    const path = url.replace(/^https?:\/\/[^/]+\/api/, '');
    const body = (text === null ? {} : JSON.parse(text)) as Body;
    const [, id = '', part = ''] = /^\/flow_runs\/([^/]+)\/?(.*)$/.exec(path) ?? [];
    switch (`${method} ${path}`) {
      case 'GET /admin/version':
        return json('3.8.8');
      case 'GET /work_pools/p':
        return json({
          id: 'p-id',
          name: 'p',
          type: this.pool.type,
          base_job_template: this.pool.template,
          is_paused: false,
          concurrency_limit: null,
        });
      case 'POST /work_pools/p/workers/heartbeat':
        this.heartbeat(String(body.name), Number(body.heartbeat_interval_seconds));
        return { status: 204, body: '' };
      case 'POST /work_pools/p/workers/filter':
        return json(this.#workerRows());
      case 'POST /work_pools/p/get_scheduled_flow_runs':
        return json(this.#scheduled(body));
      default:
    }
    if (path.startsWith('/flow_run_states/')) return json(this.states(path.split('=').at(-1) ?? ''));
    if (path === '/ui/flow_runs/history') {
      const found = this.#found(body as unknown as FlowRunQuery);
      return json(found.map(({ id: each, state_type }) => ({ id: each, state_type })));
    }
    if (path === '/flow_runs/bulk_set_state' && this.hasBulkStates) return this.#setStates(body);
    if (path.startsWith('/variables/')) return this.variables.answer(method, path, body as JsonObject);
    if (path === '/flow_runs/filter') return this.#list(body as unknown as FlowRunQuery);
    return this.#ofRun(method, id, part, body);
  }

  #ofRun(method: string, id: string, part: string, body: Body): Answer {
    const run = this.#runs.get(id);
    if (run === undefined) return NOT_FOUND;
    if (method === 'PATCH' && part === 'labels') {
      this.label(id, body);
      return { status: 204, body: '' };
    }
    if (method === 'PATCH' && part === '') {
      this.change(id, body as Partial<ApiFlowRun>);
      return { status: 204, body: '' };
    }
    if (method === 'GET') return isBroken(run) ? json({ exception_message: 'broken' }, 500) : json(run);
    if (part === 'set_state') return this.#setState(run, body.state as unknown as StateCreate, body.force === true);
    return NOT_FOUND;
  }

  #setState(run: ApiFlowRun, proposed: StateCreate, force: boolean): Answer {
    const current = run.state;
    const isRepeated = current?.state_details.transition_id === proposed.state_details.transition_id;
    const status = isRepeated ? 'REJECT' : force ? 'ACCEPT' : decide(run, proposed);
    if (status !== 'ACCEPT') return json({ state: current, status, details: { reason: `${status} by the server` } });
    this.#enter(run.id, proposed);
    return json({ state: this.run(run.id).state, status, details: {} }, 201);
  }

  /** One run after the other, without those that the filter does not find. */
  #setStates(body: Body): Answer {
    const query = { ...body, limit: 50, offset: 0 } as unknown as FlowRunQuery;
    const results = this.#found(query).map((run) => {
      const { body: answer = '' } = this.#setState(run, body.state as unknown as StateCreate, body.force === true);
      return { flow_run_id: run.id, ...JSON.parse(answer) };
    });
    return json({ results });
  }

  #list(query: FlowRunQuery): Answer {
    const found = this.#found(query);
    return found.some(isBroken) ? json({ exception_message: 'broken' }, 500) : json(found);
  }

  #found({ flow_runs = {}, limit, offset }: FlowRunQuery): readonly ApiFlowRun[] {
    const { id, state, expected_start_time } = flow_runs;
    return [...this.#runs.values()]
      .filter((run) => id?.any_ === undefined || id.any_.includes(run.id))
      .filter((run) => !id?.not_any_?.includes(run.id))
      .filter((run) => state === undefined || (run.state_type !== null && state.type.any_.includes(run.state_type)))
      .filter((run) => (run.expected_start_time ?? '') <= (expected_start_time?.before_ ?? '9'))
      .sort((a, b) => ((a.expected_start_time ?? '') < (b.expected_start_time ?? '') ? 1 : -1))
      .slice(offset, offset + limit);
  }

  /** Due runs, the longest due first, as many as the pool has slots for. */
  #scheduled({ scheduled_before, limit }: Body): readonly object[] {
    const beforeMs = Date.parse(String(scheduled_before));
    const dueMs = (run: ApiFlowRun): number => Date.parse(run.expected_start_time ?? '');
    const all = [...this.#runs.values()];
    const active = all.filter(({ state_type }) => state_type === 'PENDING' || state_type === 'RUNNING').length;
    const free = this.pool.isPaused ? 0 : (this.pool.concurrencyLimit ?? Number.POSITIVE_INFINITY) - active;
    return all
      .filter((run) => run.state_type === 'SCHEDULED' && dueMs(run) <= beforeMs)
      .sort((a, b) => dueMs(a) - dueMs(b))
      .slice(0, Math.max(0, Math.min(free, typeof limit === 'number' ? limit : 200)))
      .map((run) => ({ work_queue_id: 'q', flow_run: { ...run, state: null, work_pool_name: undefined } }));
  }

  #workerRows(): readonly object[] {
    return [...this.#workers].map(([name, { lastHeartbeatMs, intervalSeconds }]) => ({
      name,
      heartbeat_interval_seconds: intervalSeconds,
      last_heartbeat_time: new Date(lastHeartbeatMs).toISOString(),
      status:
        this.clock.nowMs() - lastHeartbeatMs < intervalSeconds * INACTIVITY_MULTIPLE * 1000 ? 'ONLINE' : 'OFFLINE',
    }));
  }

  #enter(id: string, state: StateCreate): void {
    this.#stateCount += 1;
    const run = this.run(id);
    const entered: ApiState = { ...state, id: `s${this.#stateCount}`, timestamp: this.#time(), data: null };
    this.#states.set(id, [...(this.#states.get(id) ?? []), entered]);
    this.change(id, {
      state: entered,
      state_type: state.type,
      state_name: state.name,
      run_count: run.run_count + (state.type === 'RUNNING' ? 1 : 0),
      start_time: run.start_time ?? (state.type === 'RUNNING' ? entered.timestamp : null),
    });
  }

  #time(): string {
    return new Date(this.clock.nowMs()).toISOString();
  }
}

/** One worker's way to the server: what it asked, and what happens to it on the way. */
export class FakeConnection implements HttpTransport {
  readonly requests: HttpRequest[] = [];
  /** Called before a request reaches the server. Throwing keeps it from it. */
  onRequest: (place: string) => void | Promise<void> = () => {};
  /** The answer of a proxy in the place of the server's. Null: none. */
  proxyAnswer: (place: string) => Answer | null | Promise<Answer | null> = () => null;
  /** True: the request takes effect, and its answer is lost. */
  losesAnswer: (place: string) => boolean = () => false;
  /** The worker is dead or cut off: nothing comes through. */
  isCut = false;

  constructor(
    private readonly server: FakePrefect,
    private readonly clock: ManualClock,
  ) {}

  /** Method and path of every request, ids of runs kept. */
  get paths(): readonly string[] {
    return this.requests.map(placeOf);
  }

  async send(request: HttpRequest): Promise<HttpAnswer> {
    request.signal?.throwIfAborted();
    this.requests.push(request);
    const place = placeOf(request);
    if (this.isCut) throw new HttpTransportError('timeout', 'cut off');
    await this.onRequest(place);
    request.signal?.throwIfAborted();
    const instead = await this.proxyAnswer(place);
    request.signal?.throwIfAborted();
    if (instead !== null) return { status: 200, headers: {}, body: '', ...instead };
    const answer = this.server.answer(request);
    if (this.losesAnswer(place)) return { status: 500, headers: {}, body: '' };
    const date = new Date(this.clock.nowMs()).toUTCString();
    return { status: 200, body: 'null', ...answer, headers: { date } };
  }

  async close(): Promise<void> {}
}

function placeOf({ method, url }: HttpRequest): string {
  return `${method} ${url.replace(/^https?:\/\/[^/]+\/api/, '')}`;
}

/** The server checks no label when it is written, and cannot read a run with one that is no text. */
function isBroken({ labels }: ApiFlowRun): boolean {
  return Object.values(labels ?? {}).some((value) => value === null || typeof value === 'object');
}

/** The server's rules for what a worker proposes, without force. */
function decide({ state_type, state_name }: ApiFlowRun, { type, name }: StateCreate): 'ACCEPT' | 'REJECT' | 'ABORT' {
  if (state_type === null || state_type === 'SCHEDULED') return 'ACCEPT';
  if (type === 'PENDING') {
    if (state_type === 'PENDING') return name === 'Pending' || name === state_name ? 'ABORT' : 'ACCEPT';
    if (state_type === 'RUNNING' || state_type === 'CANCELLED') return 'ABORT';
    return FINAL.includes(state_type) ? 'ACCEPT' : 'REJECT';
  }
  if (type === 'CANCELLED') return 'ACCEPT';
  if (state_type === 'CANCELLING') return 'REJECT';
  if (state_type === 'CANCELLED') return type === 'FAILED' ? 'ACCEPT' : 'ABORT';
  return state_type === 'CRASHED' && type === 'CRASHED' ? 'ABORT' : 'ACCEPT';
}
