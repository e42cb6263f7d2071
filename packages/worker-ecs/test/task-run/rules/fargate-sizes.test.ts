import { expect } from 'chai';
import { isKnownCpu, nearestFargateMemory, smallestCpuWith } from '../../../src/task-run/rules/fargate-sizes.js';

/** The list in https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html, in GiB. */
const SIZES: readonly (readonly [number, readonly number[]])[] = [
  [256, [0.5, 1, 2]],
  [512, [1, 2, 3, 4]],
  [1024, [2, 3, 4, 5, 6, 7, 8]],
  [2048, [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]],
  [4096, Array.from({ length: 23 }, (_, index) => 8 + index)],
  [8192, [16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60]],
  [16384, [32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120]],
];

describe('the sizes of Fargate', () => {
  it('are the pairs that AWS lists, all of them valid', () => {
    for (const [cpu, gib] of SIZES) {
      const all = gib.map((each) => each * 1024);
      expect(nearestFargateMemory(cpu, 1)).to.deep.equal({ nearest: all[0], all });
      expect(nearestFargateMemory(cpu, 1_000_000)?.nearest).to.equal(all.at(-1));
      for (const memoryMib of all) expect(nearestFargateMemory(cpu, memoryMib)).to.equal(null);
      expect(isKnownCpu(cpu)).to.equal(true);
    }
  });

  it('return the nearest memory, the smaller of two equally near ones', () => {
    expect(nearestFargateMemory(1024, 2500)?.nearest).to.equal(2048);
    expect(nearestFargateMemory(1024, 2600)?.nearest).to.equal(3072);
    expect(nearestFargateMemory(1024, 2560)?.nearest).to.equal(2048);
  });

  it('leave unlisted and invalid values to AWS', () => {
    expect(nearestFargateMemory(300, 512)).to.equal(null);
    expect(nearestFargateMemory(256, Number.NaN)).to.equal(null);
    expect(isKnownCpu(300)).to.equal(false);
  });

  it('return the smallest CPU for a memory', () => {
    expect([512, 1024, 4096, 122_880, 100].map(smallestCpuWith)).to.deep.equal([256, 256, 512, 16_384, null]);
  });
});
