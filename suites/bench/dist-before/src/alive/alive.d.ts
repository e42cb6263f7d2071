import { type Benchmark } from '../benchmark.js';
/** Ten thousand tasks alive at one worker: what it keeps, what it asks, how soon it sees an end. */
export declare const alive: Benchmark;
