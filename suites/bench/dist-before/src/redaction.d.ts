import { type Benchmark } from './benchmark.js';
/** How long it takes to take secrets out of texts: a line with very many secrets known, and long texts made to be slow. */
export declare const redaction: Benchmark;
