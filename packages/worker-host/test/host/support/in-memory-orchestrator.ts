import {
  type Attempt,
  type ClaimAnswer,
  type Deployment,
  type Flow,
  type FlowRun,
  type InterruptedRun,
  isFinalStateType,
  type JsonObject,
  type LogRecord,
  type Orchestrator,
  type OrchestratorListener,
  type State,
  type StateAnswer,
  type StateProposal,
  type StateType,
  type WorkerEvent,
  type WorkerIdentity,
  type WorkPool,
  type WorkPoolRequest,
} from '@worker-host/core';

const USUAL_NAMES: Partial<Record<StateType, string>> = {
  PENDING: 'Pending',
  RUNNING: 'Running',
  COMPLETED: 'Completed',
  FAILED: 'Failed',
  CRASHED: 'Crashed',
  CANCELLED: 'Cancelled',
  CANCELLING: 'Cancelling',
  SCHEDULED: 'Scheduled',
  PAUSED: 'Paused',
};

/** A control plane in memory that remembers all it was told, and fails on demand. */
export class InMemoryOrchestrator implements Orchestrator {
  readonly description = 'memory';
  readonly prefectVersion = '3.8.8';
  readonly workerId = null;
  readonly defaultCommand = 'run-it';
  readonly references = {
    readBlockDocument: async () => null,
    readBlockDocumentById: async () => null,
    readVariable: async () => null,
  };
  readonly runs = new Map<string, FlowRun>();
  readonly deployments = new Map<string, Deployment>();
  readonly states = new Map<string, State[]>();
  readonly logs: LogRecord[] = [];
  readonly events: WorkerEvent[] = [];
  readonly results = new Map<string, JsonObject>();
  /** Names of the calls that cost a request, in order. */
  readonly calls: string[] = [];
  interrupted: InterruptedRun[] = [];
  listener: OrchestratorListener | null = null;
  isClosed = false;
  pool: WorkPool | null;
  #failures: (call: string) => Error | null = () => null;
  #sequence = 0;

  constructor(
    readonly hostReportsStates: boolean,
    baseJobTemplate: JsonObject = {},
  ) {
    this.pool = {
      id: 'pool-id',
      name: 'p',
      type: 'fake',
      baseJobTemplate,
      isPaused: false,
      concurrencyLimit: null,
    };
  }

  /** Makes calls fail: null lets a call pass. */
  failWith(failures: (call: string) => Error | null): void {
    this.#failures = failures;
  }

  add(run: FlowRun): FlowRun {
    this.runs.set(run.id, run);
    return run;
  }

  /** Puts a run in a state, as somebody else would. */
  put(flowRunId: string, type: StateType, name = USUAL_NAMES[type] ?? type, message: string | null = null): State {
    this.#sequence += 1;
    const id = `state-${this.#sequence}`;
    const state: State = { id, type, name, timestamp: '', message, data: null, stateDetails: {} };
    const run = this.runs.get(flowRunId);
    if (run !== undefined) this.runs.set(flowRunId, { ...run, state, stateType: type, stateName: name });
    this.states.set(flowRunId, [...(this.states.get(flowRunId) ?? []), state]);
    return state;
  }

  stateNames(flowRunId: string): readonly string[] {
    return (this.states.get(flowRunId) ?? []).map(({ name }) => name);
  }

  lastState(flowRunId: string): State | undefined {
    return this.states.get(flowRunId)?.at(-1);
  }

  async open(_identity: WorkerIdentity, _request: WorkPoolRequest, listener: OrchestratorListener): Promise<void> {
    this.#call('open');
    this.listener = listener;
  }

  async sync(): Promise<WorkPool | null> {
    this.#call('sync');
    return this.pool;
  }

  async getScheduledFlowRuns({ limit }: { readonly limit: number | null }): Promise<readonly FlowRun[]> {
    this.#call('poll');
    const due = [...this.runs.values()].filter(({ stateType }) => stateType === 'SCHEDULED');
    return limit === null ? due : due.slice(0, limit);
  }

  async claim(flowRun: FlowRun): Promise<ClaimAnswer> {
    this.#call('claim');
    if (this.runs.get(flowRun.id)?.stateType !== 'SCHEDULED')
      return { claimed: false, reason: 'not scheduled any more' };
    const state = this.put(flowRun.id, 'PENDING');
    return { claimed: true, attempt: this.attempt(flowRun.id, state.id) };
  }

  attempt(flowRunId: string, id = 'attempt'): Attempt {
    return { flowRunId, id, startedAtMs: 0 };
  }

  async takeOverInterruptedRuns(): Promise<readonly InterruptedRun[]> {
    this.#call('takeOver');
    return this.interrupted.splice(0);
  }

  async proposeState(flowRunId: string, proposal: StateProposal): Promise<StateAnswer> {
    this.#call(`state ${proposal.name ?? proposal.type}`);
    const before = this.runs.get(flowRunId);
    if (before?.stateType !== undefined && before.stateType !== null && !proposal.force) {
      if (isFinalStateType(before.stateType)) return { status: 'ABORT', state: before.state, reason: 'final' };
      if (before.stateType === 'CANCELLING' && proposal.type !== 'CANCELLED')
        return { status: 'REJECT', state: before.state, reason: 'cancelling' };
    }
    return { status: 'ACCEPT', state: this.put(flowRunId, proposal.type, proposal.name, proposal.message) };
  }

  async readFlowRun(id: string): Promise<FlowRun | null> {
    this.#call('readFlowRun');
    return this.runs.get(id) ?? null;
  }

  async readDeployment(id: string): Promise<Deployment | null> {
    this.#call('readDeployment');
    return this.deployments.get(id) ?? null;
  }

  async readFlow(id: string): Promise<Flow | null> {
    this.#call('readFlow');
    return { id, name: 'flow', tags: ['flow-tag'], json: {} };
  }

  async storeInfrastructurePid(flowRunId: string, infrastructurePid: string): Promise<void> {
    this.#call('storePid');
    const run = this.runs.get(flowRunId);
    if (run !== undefined) this.runs.set(flowRunId, { ...run, infrastructurePid });
  }

  async labelFlowRun(flowRunId: string, labels: Readonly<Record<string, string>>): Promise<void> {
    this.#call('label');
    const run = this.runs.get(flowRunId);
    if (run !== undefined) this.runs.set(flowRunId, { ...run, labels: { ...run.labels, ...labels } });
  }

  async storeResult(flowRunId: string, result: JsonObject): Promise<void> {
    this.#call('storeResult');
    this.results.set(flowRunId, result);
  }

  jobEnvironment(): Readonly<Record<string, string>> {
    return {};
  }

  log(record: LogRecord): void {
    this.logs.push(record);
  }

  emit(event: WorkerEvent): string {
    this.events.push(event);
    return `event-${this.events.length}`;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  #call(name: string): void {
    this.calls.push(name);
    const failure = this.#failures(name);
    if (failure !== null) throw failure;
  }
}
