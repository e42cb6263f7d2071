/** A run whose task is alive. */
export interface AliveRun {
    readonly flowRunId: string;
    readonly infrastructurePid: string;
}
/** What the benchmark tells the worker's process. */
export type ToWorker = {
    readonly kind: 'serve';
    readonly runs: readonly AliveRun[];
}
/** The job's own engine has reported this run's end. */
 | {
    readonly kind: 'completed';
    readonly flowRunId: string;
};
/** What the worker's process tells the benchmark. */
export type FromWorker = 
/** All runs were handed over. */
{
    readonly kind: 'took-over';
}
/** The worker knows how the task of this run ended. */
 | {
    readonly kind: 'ended';
    readonly flowRunId: string;
    readonly atMs: number;
} | {
    readonly kind: 'memory';
    readonly heapUsedMib: number;
};
/** The attempt that every run of this benchmark is at. */
export declare const ATTEMPT_ID = "attempt-1";
