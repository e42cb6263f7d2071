import type { Benchmark } from './benchmark.js';
/** The same 300 runs, asked for at once, for Prefect's own worker and for ours, on one server; PostgreSQL if there is. */
export declare const prefect: Benchmark;
