import { type Benchmark } from './benchmark.js';
/** How long it takes from `start` to the first poll, and how much an idle worker keeps. */
export declare const startAndIdle: Benchmark;
