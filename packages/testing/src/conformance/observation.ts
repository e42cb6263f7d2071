import { inspect } from 'node:util';
import type { BaseJobConfiguration } from '@worker-host/core';
import { settle } from '../clock/fake-clock.js';
import { Printed } from './printed.js';
import { changesOf, processState } from './process-state.js';
import type { Trial } from './trial.js';

const BEAT_MS = 50;

/** Observations during a test of the contract. */
export interface Observed {
  readonly trials: readonly Trial[];
  /** Reasons with which calls of a worker rejected. */
  readonly reasons: readonly unknown[];
  /** Results with which calls of a worker resolved, each with the call. */
  readonly answers: readonly (readonly [what: string, value: unknown])[];
  /** Text printed to standard output and standard error. */
  readonly printed: string;
  /** Members of configurations that were changed. */
  readonly changedMembers: readonly string[];
  /** State of the process that was changed, such as `its working directory`. */
  readonly changesOfProcess: readonly string[];
  /** Reasons of unhandled rejections. */
  readonly unhandled: readonly unknown[];
  /** Secret values of the jobs. */
  readonly secrets: readonly string[];
  /** Longest time that the event loop was blocked, in milliseconds. */
  readonly longestBlockMs: number;
}

/** Observes the process and the trials during one test. */
export class Observation {
  readonly trials: Trial[] = [];
  readonly reasons: unknown[] = [];
  readonly answers: (readonly [what: string, value: unknown])[] = [];
  readonly secrets: string[] = [];
  readonly #given = new Map<BaseJobConfiguration, ReadonlyMap<string, string>>();
  readonly #processBefore = processState();
  readonly #printed = new Printed();
  readonly #unhandled: unknown[] = [];
  readonly #others = process.listeners('unhandledRejection');
  readonly #noteUnhandled = (reason: unknown): void => void this.#unhandled.push(reason);
  #longestBlockMs = 0;
  #lastBeatMs = performance.now();
  readonly #beat = setInterval(() => this.#measure(), BEAT_MS);

  constructor() {
    this.#beat.unref();
    // The runner's own listeners would fail the test without naming the rule.
    for (const listener of this.#others) process.off('unhandledRejection', listener);
    process.on('unhandledRejection', this.#noteUnhandled);
  }

  /** Records a configuration before a worker receives it. */
  watch(configuration: BaseJobConfiguration): void {
    this.#given.set(configuration, textsOf(configuration));
  }

  async end(): Promise<Observed> {
    await settle();
    this.#measure();
    clearInterval(this.#beat);
    this.#printed.end();
    process.off('unhandledRejection', this.#noteUnhandled);
    for (const listener of this.#others) process.on('unhandledRejection', listener);
    const { trials, secrets, answers } = this;
    const reasons = [...this.reasons, ...trials.flatMap((trial) => trial.rejectedWith ?? [])];
    return {
      trials,
      reasons,
      secrets,
      answers,
      printed: this.#printed.text,
      changedMembers: [...this.#given].flatMap(([configuration, before]) => changedMembers(configuration, before)),
      changesOfProcess: changesOf(this.#processBefore, processState()),
      unhandled: this.#unhandled,
      longestBlockMs: this.#longestBlockMs,
    };
  }

  #measure(): void {
    const nowMs = performance.now();
    this.#longestBlockMs = Math.max(this.#longestBlockMs, nowMs - this.#lastBeatMs - BEAT_MS);
    this.#lastBeatMs = nowMs;
  }
}

function textsOf(configuration: BaseJobConfiguration): ReadonlyMap<string, string> {
  const text = (value: unknown) => inspect(value, { depth: null, maxArrayLength: null, maxStringLength: null });
  return new Map(Object.entries(configuration).map(([name, value]) => [name, text(value)]));
}

function changedMembers(configuration: BaseJobConfiguration, before: ReadonlyMap<string, string>): readonly string[] {
  const now = textsOf(configuration);
  return [...new Set([...before.keys(), ...now.keys()])].filter((name) => before.get(name) !== now.get(name));
}
