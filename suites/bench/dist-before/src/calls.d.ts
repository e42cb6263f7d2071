import type { LocalAws } from '@worker-host/testing/local-aws';
import type { Figure } from './benchmark.js';
/** All calls that were made for so many runs: RunTask once a run, the others shared. */
export declare function callFigures(aws: LocalAws, runs: number): readonly Figure[];
