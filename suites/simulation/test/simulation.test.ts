import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { BREAKS } from '../src/breaks.js';
import { exhaustivePlans } from '../src/exhaustive.js';
import { planOf, quietFromMs } from '../src/plan.js';
import { Random } from '../src/random.js';
import { SimClock } from '../src/sim-clock.js';
import { shrink, simulate } from '../src/simulate.js';

describe('a simulation', () => {
  it('replays a seed to the byte', async () => {
    const [first, second] = [await simulate(planOf(7), true), await simulate(planOf(7), true)];

    expect(first.story.length).to.be.greaterThan(10);
    expect(second.story).to.deep.equal(first.story);
  });

  it('keeps its promises for the first seeds, and simulates what was planned', async () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const result = await simulate(planOf(seed));

      expect(result).to.include({ seed, isKept: true });
      if (result.isKept) expect(result.outcome.runs).to.equal(planOf(seed).runs.length);
    }
  });

  for (const [seed, what] of [
    [32_734, 'the cluster of a deleted run, after its worker died and the pool moved'],
    [47_253, 'a take-over whose answer was lost, of a run whose earlier owner came back'],
    [52_046, 'take-overs while a claim is under way'],
    [103_578, 'an unheard take-over of a run whose owner was cut off as well'],
  ] as const)
    it(`keeps its promises for seed ${seed}: ${what}`, async () => {
      expect(await simulate(planOf(seed))).to.include({ seed, isKept: true });
    });

  it('shrinks a plan to what breaks the promise', async () => {
    // A job that never ends within the horizon breaks the promise that every run ends, whatever else is planned.
    const plan = planOf(3);
    const [first, ...others] = plan.runs;
    if (first === undefined) throw new Error('a plan has runs');
    const endless = { ...first, id: 'endless', durationMs: 10 * 3_600_000, cancelAtMs: null, outside: null };

    const smallest = await shrink(
      {
        ...plan,
        workers: 2,
        faults: [{ kind: 'cluster', atMs: 5000 }],
        runs: [endless, ...others.slice(0, 1)],
      },
      'every-run-ends',
    );

    expect(smallest.runs.map(({ id }) => id)).to.deep.equal(['endless']);
    expect(smallest.faults).to.deep.equal([]);
  });
});

describe('plans', () => {
  it('are the same for the same seed, and differ between seeds', () => {
    expect(planOf(5)).to.deep.equal(planOf(5));
    expect(planOf(5)).not.to.deep.equal(planOf(6));
  });

  it('draw every kind of fault and both kinds of control plane', () => {
    const plans = Array.from({ length: 300 }, (_, seed) => planOf(seed));
    const kinds = new Set(plans.flatMap(({ faults }) => faults.map(({ kind }) => kind)));

    expect([...kinds].sort()).to.deep.equal([
      'capacity',
      'cluster',
      'crash',
      'credentials',
      'double',
      'lost-answer',
      'partition',
      'pause',
      'slow',
      'stop',
    ]);
    expect(new Set(plans.map(({ hostReportsStates }) => hostReportsStates)).size).to.equal(2);
    expect(new Set(plans.map(({ workers }) => workers))).to.deep.equal(new Set([2, 3, 4, 5]));
  });

  it('are quiet once the last planned thing has happened', () => {
    const plan = { ...planOf(1), runs: [], faults: [{ kind: 'cluster', atMs: 5000 } as const] };

    expect(quietFromMs(plan)).to.equal(5000);
  });

  it('of the small scope crash each worker before and after each call', () => {
    const crashes = [...exhaustivePlans()].flatMap(({ faults }) => faults.filter(({ kind }) => kind === 'crash'));
    const places = new Set(crashes.map((crash) => JSON.stringify(crash)));

    expect(places.size).to.equal(2 * 2 * 40 * 2);
  });
});

describe('the clock of a simulation', () => {
  it('wakes sleepers in the order of their times, and of their sleeps where these are equal', async () => {
    const clock = new SimClock(new Random(1));
    const woken: string[] = [];
    for (const [name, ms] of [
      ['late', 20],
      ['first', 10],
      ['second', 10],
    ] as const)
      void clock.sleep(ms).then(() => woken.push(`${name} ${clock.monotonicMs()}`));

    expect(await clock.run(() => false, 1000)).to.equal('idle');
    expect(woken).to.deep.equal(['first 10', 'second 10', 'late 20']);
  });

  it('ends a sleep whose signal is aborted', async () => {
    const clock = new SimClock(new Random(1));
    const controller = new AbortController();
    const sleep = clock.sleep(1000, controller.signal).catch((error: unknown) => error);
    clock.at(10, () => controller.abort('enough'));

    await clock.run(() => false, 10_000);

    expect(await sleep).to.equal('enough');
    expect(clock.monotonicMs()).to.equal(10);
  });
});

describe('breaks', () => {
  it('have names of their own', () => {
    expect(new Set(BREAKS.map(({ name }) => name)).size).to.equal(BREAKS.length);
  });

  for (const { name, edits } of BREAKS)
    it(`fit the compiled code: ${name}`, () => {
      for (const { file, find } of edits) {
        const source = readFileSync(new URL(`../../../../packages${file}`, import.meta.url), 'utf8');
        expect(source.split(find), `${file} contains its text once`).to.have.length(2);
      }
    });
});
