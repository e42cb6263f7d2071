import { type LocalAws, type LocalAwsOptions } from '@worker-host/testing/local-aws';
import { type Administration } from 'worker-host';
/** A local AWS, an embedded pool and worker processes, for one benchmark. */
export declare class BenchWorld {
    #private;
    readonly folder: string;
    readonly aws: LocalAws;
    readonly administration: Administration;
    private constructor();
    static start(options?: LocalAwsOptions): Promise<BenchWorld>;
    /** Starts a worker and tells when that was, in milliseconds since the epoch. */
    startWorker(flags?: readonly string[], environment?: Readonly<Record<string, string>>): {
        child: import("child_process").ChildProcessByStdio<null, null, import("stream").Readable>;
        startedMs: number;
    };
    stopWorkers(): Promise<void>;
    queueRun(jobVariables: Record<string, string>, deploymentName?: string | null): Promise<string>;
    createDeployment(name: string, jobVariables: Record<string, string>): Promise<void>;
    /** Waits until so many runs are final; rejects when that takes too long. */
    whenFinal(count: number, longestMs: number): Promise<void>;
    end(): Promise<void>;
}
/** Resident memory of a process, in MiB; the peak where asked. Linux only: NaN elsewhere. */
export declare function residentMib(pid: number | undefined, which?: 'VmRSS' | 'VmHWM'): number;
