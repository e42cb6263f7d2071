import type { AliveRun } from './alive-run.js';
/** A worker in a process of its own, and what it tells. */
export declare class AliveWorker {
    #private;
    /** Of JavaScript objects, as told last. */
    heapUsedMib: number;
    constructor(environment: Readonly<Record<string, string | undefined>>);
    /** Hands the runs over. Resolves when the worker has taken them. */
    serve(runs: readonly AliveRun[]): Promise<void>;
    completed(flowRunId: string): void;
    /** When the worker knew the end of a run, in milliseconds since the epoch; undefined: not yet. */
    endedAtMs(flowRunId: string): number | undefined;
    residentMib(which?: 'VmRSS' | 'VmHWM'): number;
    stop(): Promise<void>;
}
