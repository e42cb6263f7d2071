import v8 from 'node:v8';
import { runInNewContext } from 'node:vm';
import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import { OutputTails } from '../../../src/host/run/output-tails.js';
import { createRunBench } from '../support/run-bench.js';

async function create() {
  const { guarded, clock, runLog } = await createRunBench();
  return { tails: new OutputTails(guarded, clock), clock, log: runLog, run: { id: 'a', logger: runLog } };
}

describe('the last lines of runs that are reported', () => {
  it('do not keep what earlier runs wrote', async () => {
    const { tails, run } = await create();
    v8.setFlagsFromString('--expose-gc');
    const written: WeakRef<readonly string[]>[] = [];
    const read = async (): Promise<readonly string[]> => {
      const lines: readonly string[] = [];
      written.push(new WeakRef(lines));
      return lines;
    };
    await Promise.all([tails.write(run, read), tails.write(run, read)]);
    await settle();
    runInNewContext('gc')();

    expect(written.map((each) => each.deref())).to.deep.equal([undefined, undefined]);
  });

  it('are read for many runs at once without a warning', async () => {
    const { tails, clock, run } = await create();
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    const writing = Array.from({ length: 30 }, () =>
      tails.write(run, (signal) => {
        signal.addEventListener('abort', () => {}, { once: true });
        return new Promise(() => {});
      }),
    );
    await settle();
    const closing = tails.close();
    await clock.advance(2_000);
    await Promise.all([closing, ...writing]);
    await settle();
    process.off('warning', onWarning);

    expect(warnings.map(({ name }) => name)).to.deep.equal([]);
  });
});
