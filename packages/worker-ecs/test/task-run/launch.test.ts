import { expect } from 'chai';
import { countError, type Launch } from '../../src/task-run/launch.js';

describe('countError', () => {
  it('counts consecutive attempts of a class, and the seconds since the class first occurred', () => {
    const launch = { errorClass: null, triesOfClass: 0, sinceMs: new Map() } as unknown as Launch;
    const count = (errorClass: Parameters<typeof countError>[1], nowMs: number) => [
      countError(launch, errorClass, nowMs),
      launch.triesOfClass,
      launch.errorClass,
    ];

    expect(count('throttle', 10_000)).to.deep.equal([0, 1, 'throttle']);
    expect(count('throttle', 12_500)).to.deep.equal([2.5, 2, 'throttle']);
    expect(count('capacity', 13_000)).to.deep.equal([0, 1, 'capacity']);
    expect(count('throttle', 20_000)).to.deep.equal([10, 1, 'throttle']);
    expect(count('throttle', 21_000)).to.deep.equal([11, 2, 'throttle']);
  });
});
