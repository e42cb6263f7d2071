import type { FlowRun, HeartbeatAnswer, InterruptedRun, Orchestrator, WorkPool } from '@worker-host/core';
import { type AliveRun } from './alive-run.js';
/** What the benchmark learns from its control plane. */
export interface StandInListener {
    tookOver(): void;
    ended(flowRunId: string): void;
}
/**
 * A control plane that keeps running runs and nothing else, as a Prefect server would after the worker before this one
 * died: it hands all of them over at once. It reports no state for the job, and stores nothing.
 */
export declare class StandInOrchestrator implements Orchestrator {
    #private;
    private readonly pool;
    private readonly listener;
    readonly description = "runs kept in memory";
    readonly hostReportsStates = false;
    readonly prefectVersion = "3.0.0";
    readonly workerId: null;
    readonly defaultCommand: null;
    readonly leaseMs = 90000;
    readonly references: {
        readBlockDocumentById: () => Promise<null>;
        readBlockDocument: () => Promise<null>;
        readVariable: () => Promise<null>;
    };
    constructor(runs: readonly AliveRun[], pool: WorkPool, listener: StandInListener);
    /** The job of this run has told its end. */
    complete(flowRunId: string): void;
    open(): Promise<void>;
    heartbeat(): Promise<HeartbeatAnswer>;
    getScheduledFlowRuns(): Promise<readonly FlowRun[]>;
    claim(): Promise<{
        readonly claimed: false;
        readonly reason: string;
    }>;
    takeOverInterruptedRuns(): Promise<readonly InterruptedRun[]>;
    readFlowRuns(ids: readonly string[]): Promise<ReadonlyMap<string, FlowRun>>;
    ownerOf(): Promise<'us'>;
    launchPlaces(): Promise<readonly []>;
    readFlowRun(id: string): Promise<FlowRun>;
    readDeployment(): Promise<null>;
    readFlow(): Promise<null>;
    jobEnvironment(): Readonly<Record<string, string>>;
    log(): void;
    emit(): string;
    close(): Promise<void>;
}
