import { type Benchmark } from './benchmark.js';
/** From a claim to the answered RunTask with a warm definition, one run at a time. */
export declare const claimToLaunch: Benchmark;
