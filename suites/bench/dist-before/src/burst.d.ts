import type { Benchmark } from './benchmark.js';
/** 300 runs of 60 deployments at once under AWS's documented rate limits. */
export declare const burst: Benchmark;
