import { ApiScript, json } from './api-script.js';

interface StoredRun {
  readonly id: string;
  stateType: string;
  /** With six digits, as the server writes it. */
  readonly scheduledTime: string;
  isPoisoned: boolean;
  /** How much of an answer it takes. */
  size: number;
  deploymentId: string | null;
  flowId: string | null;
}

interface Query {
  readonly limit?: number;
  readonly offset?: number;
  readonly scheduled_before?: string;
  readonly scheduled_after?: string;
  readonly flow_runs?: {
    readonly id?: { readonly any_?: string[]; readonly not_any_?: string[] };
    readonly state?: { readonly type?: { readonly any_: string[] } };
  };
}

const FAULT = json({ exception_message: 'Internal Server Error' }, 500);

/** The lists of runs of a Prefect server: pages, the largest limit, and 500 where a row cannot be read (seen on 3.9.1). */
export class FakeRunStore {
  readonly runs: StoredRun[] = [];
  readonly script = new ApiScript();
  /** PREFECT_SERVER_API_DEFAULT_LIMIT. */
  largestLimit = 200;
  /** Answers that list bare ids; false: the server has no such list. */
  hasHistory = true;
  /** Ids or names of deployments, flows, blocks and variables that cannot be read, and of those that there are not; there are all others. */
  readonly unreadable = new Set<string>();
  readonly deleted = new Set(['00000000-0000-0000-0000-000000000000']);
  /** Most runs that the pool's limit lets a poll have. */
  openSlots = Number.POSITIVE_INFINITY;
  /** The most that an answer holds. A longer one is not read. */
  mostSize = Number.POSITIVE_INFINITY;
  /** All answers of lists are 500. */
  isBroken = false;

  constructor() {
    this.script
      .on('POST /flow_runs/filter', (body) => this.#list(body as Query, (run) => rowOf(run)))
      .on('POST /ui/flow_runs/history', (body) =>
        this.hasHistory
          ? this.#list(body as Query, ({ id, stateType }) => ({ id, state_type: stateType }), true)
          : json({ detail: 'Not Found' }, 404),
      )
      .on('POST /work_pools/p/get_scheduled_flow_runs', (body) => this.#poll(body as Query))
      .on('GET /flow_runs/*', (_body, { url }) => {
        const run = this.#find(url.split('/').at(-1) ?? '');
        if (!run) return json({ detail: 'Flow run not found' }, 404);
        return run.isPoisoned ? FAULT : this.#answer([run], rowOf(run));
      })
      .on('GET /deployments/*', (_body, { url }) => this.#record(url))
      .on('GET /flows/*', (_body, { url }) => this.#record(url))
      .on('GET /block_documents/*', (_body, { url }) => this.#record(url))
      .on('GET /block_types/slug/*/block_documents/name/*', (_body, { url }) => this.#record(url))
      .on('GET /variables/name/*', (_body, { url }) => this.#record(url))
      .on('GET /flow_run_states/*', (_body, { url }) => {
        const run = this.#find(url.split('=').at(-1) ?? '');
        return json(run ? [stateOf(run)] : []);
      });
  }

  /** Adds runs due one second after the other. */
  add(count: number, stateType = 'SCHEDULED'): readonly StoredRun[] {
    const added = Array.from({ length: count }, (_, index): StoredRun => {
      const at = this.runs.length + index;
      const time = new Date(Date.parse('2026-01-01T00:00:00Z') + at * 1000).toISOString();
      return {
        id: `run-${String(at).padStart(4, '0')}`,
        stateType,
        scheduledTime: time.replace('000Z', '123456Z'),
        isPoisoned: false,
        size: 1,
        deploymentId: null,
        flowId: null,
      };
    });
    this.runs.push(...added);
    return added;
  }

  #record(url: string) {
    const id = url.split('/').at(-1)?.replace(/\?.*/, '') ?? '';
    if (this.isBroken || this.unreadable.has(id)) return FAULT;
    if (this.deleted.has(id)) return json({ detail: 'Not found' }, 404);
    return json({ id, name: `name of ${id}`, tags: [], data: {}, value: 1 });
  }

  #find(id: string): StoredRun | undefined {
    return this.runs.find((run) => run.id === id);
  }

  #list(query: Query, show: (run: StoredRun) => object, isBare = false) {
    const { limit = this.largestLimit, offset = 0, flow_runs: filter } = query;
    if (limit > this.largestLimit) return this.#refusal();
    const { any_, not_any_ } = filter?.id ?? {};
    const types = filter?.state?.type?.any_;
    const found = this.runs
      .filter(({ id }) => (any_?.includes(id) ?? true) && !not_any_?.includes(id))
      .filter(({ stateType }) => types?.includes(stateType) ?? true)
      .reverse()
      .slice(offset, offset + limit);
    if (!isBare && (this.isBroken || found.some(({ isPoisoned }) => isPoisoned))) return FAULT;
    return isBare ? json(found.map(show)) : this.#answer(found, found.map(show));
  }

  #poll({ limit = this.largestLimit, scheduled_before: before, scheduled_after: after }: Query) {
    if (limit > this.largestLimit) return this.#refusal();
    const found = this.runs
      .filter(({ stateType }) => stateType === 'SCHEDULED')
      .filter(({ scheduledTime }) => before === undefined || scheduledTime <= normal(before))
      .filter(({ scheduledTime }) => after === undefined || scheduledTime >= normal(after))
      .slice(0, Math.min(limit, this.openSlots));
    if (this.isBroken || found.some(({ isPoisoned }) => isPoisoned)) return FAULT;
    const rows = found.map((run) => ({ work_queue_id: 'q', flow_run: { ...rowOf(run), state: null } }));
    return this.#answer(found, rows);
  }

  #answer(runs: readonly StoredRun[], body: unknown) {
    const size = runs.reduce((sum, run) => sum + run.size, 0);
    return size > this.mostSize ? ('too-large' as const) : json(body);
  }

  #refusal() {
    return json({ detail: `Invalid limit: must be less than or equal to ${this.largestLimit}.` }, 422);
  }
}

function rowOf(run: StoredRun): object {
  return {
    id: run.id,
    name: `name of ${run.id}`,
    state: stateOf(run),
    state_type: run.stateType,
    state_name: run.stateType,
    deployment_id: run.deploymentId,
    flow_id: run.flowId,
    next_scheduled_start_time: run.scheduledTime,
  };
}

function stateOf({ id, stateType, scheduledTime }: StoredRun): object {
  return {
    id: `${id}-${stateType}`,
    type: stateType,
    name: stateType,
    timestamp: scheduledTime,
    state_details: { scheduled_time: scheduledTime },
  };
}

/** Milliseconds as microseconds, so that texts compare. */
function normal(time: string): string {
  return time.replace(/\.(\d{3})Z$/, '.$1000Z');
}
