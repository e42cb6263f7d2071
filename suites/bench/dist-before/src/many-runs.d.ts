import { type Benchmark } from './benchmark.js';
/** A thousand runs of no length that write lines, at AWS's rates: none lost, none doubled, each line copied once. */
export declare const manyRuns: Benchmark;
