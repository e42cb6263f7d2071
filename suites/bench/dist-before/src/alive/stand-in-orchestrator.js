import { randomUUID } from 'node:crypto';
import { ATTEMPT_ID } from './alive-run.js';
/**
 * A control plane that keeps running runs and nothing else, as a Prefect server would after the worker before this one
 * died: it hands all of them over at once. It reports no state for the job, and stores nothing.
 */
export class StandInOrchestrator {
    #completed;
    #left;
    constructor(runs, pool, listener) {
        this.pool = pool;
        this.listener = listener;
        this.description = 'runs kept in memory';
        this.hostReportsStates = false;
        this.prefectVersion = '3.0.0';
        this.workerId = null;
        this.defaultCommand = null;
        this.leaseMs = 90_000;
        this.references = {
            readBlockDocumentById: async () => null,
            readBlockDocument: async () => null,
            readVariable: async () => null,
        };
        this.#completed = new Set();
        this.#left = runs;
    }
    /** The job of this run has told its end. */
    complete(flowRunId) {
        this.#completed.add(flowRunId);
    }
    async open() { }
    async heartbeat() {
        return { workPool: this.pool, namesakes: [] };
    }
    async getScheduledFlowRuns() {
        return [];
    }
    async claim() {
        return { claimed: false, reason: 'nothing is scheduled here' };
    }
    async takeOverInterruptedRuns() {
        const runs = this.#left;
        this.#left = [];
        if (runs.length > 0)
            setImmediate(() => this.listener.tookOver());
        return runs.map(({ flowRunId, infrastructurePid }) => ({
            lease: this.#lease(flowRunId),
            flowRun: this.#flowRun(flowRunId, infrastructurePid),
            infrastructurePid,
            launch: null,
            outputCursor: null,
        }));
    }
    async readFlowRuns(ids) {
        return new Map(ids.map((id) => [id, this.#flowRun(id, null)]));
    }
    async ownerOf() {
        return 'us';
    }
    async launchPlaces() {
        return [];
    }
    async readFlowRun(id) {
        return this.#flowRun(id, null);
    }
    async readDeployment() {
        return null;
    }
    async readFlow() {
        return null;
    }
    jobEnvironment() {
        return {};
    }
    log() { }
    emit() {
        return randomUUID();
    }
    async close() { }
    #lease(flowRunId) {
        return {
            attempt: { flowRunId, id: ATTEMPT_ID, startedAtMs: Date.now() },
            fencingToken: flowRunId,
            isHeld: true,
            expiresAtMs: Number.POSITIVE_INFINITY,
            renew: async () => { },
            proposeState: async () => ({ status: 'ACCEPT', state: this.#state(flowRunId) }),
            storeLaunch: async () => { },
            storeInfrastructurePid: async () => { },
            storeResult: async () => this.listener.ended(flowRunId),
            label: async () => { },
            output: () => { },
            release: async () => { },
        };
    }
    #state(flowRunId) {
        const isCompleted = this.#completed.has(flowRunId);
        return {
            id: ATTEMPT_ID,
            type: isCompleted ? 'COMPLETED' : 'RUNNING',
            name: isCompleted ? 'Completed' : 'Running',
            timestamp: new Date().toISOString(),
            message: null,
            data: null,
            stateDetails: {},
        };
    }
    /** Of about the size a Prefect server answers with. */
    #flowRun(id, infrastructurePid) {
        const state = this.#state(id);
        const name = `alive-${id.slice(0, 8)}`;
        const json = {
            id,
            name,
            work_pool_name: this.pool.name,
            state_type: state.type,
            state_name: state.name,
            parameters: { table: 'orders', day: '2026-01-02', full: false },
            tags: ['bench', 'alive'],
            labels: { 'prefect.flow.id': randomUUID() },
            infrastructure_pid: infrastructurePid,
            expected_start_time: state.timestamp,
        };
        return {
            id,
            name,
            flowId: null,
            deploymentId: null,
            workPoolName: this.pool.name,
            workQueueName: 'default',
            state,
            stateType: state.type,
            stateName: state.name,
            parameters: {},
            tags: [],
            jobVariables: {},
            labels: {},
            infrastructurePid,
            startTime: state.timestamp,
            expectedStartTime: state.timestamp,
            nextScheduledStartTime: null,
            runCount: 1,
            json,
        };
    }
}
//# sourceMappingURL=stand-in-orchestrator.js.map