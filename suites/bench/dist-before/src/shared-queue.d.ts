import type { Benchmark } from './benchmark.js';
/** Three workers on one queue of task events, as Prefect's templates make it, with and without events of somebody else. */
export declare const sharedQueue: Benchmark;
