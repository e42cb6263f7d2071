import type { LocalAws } from '@worker-host/testing/local-aws';
import { type AliveRun } from './alive-run.js';
/** Starts tasks as the worker names them, straight at the local AWS, so that no rate has to be kept. */
export declare function launchTasks(aws: LocalAws, count: number): Promise<readonly AliveRun[]>;
/** Ends the task of a run. */
export declare function stopTask(aws: LocalAws, { infrastructurePid }: AliveRun): Promise<void>;
/** The ARN of what a run's infrastructure is named by. */
export declare function taskArnOf(infrastructurePid: string): string;
