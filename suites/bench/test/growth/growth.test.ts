import { expect } from 'chai';
import { percentileOf } from '../../src/benchmark.js';
import { growthFigure, growthRatio } from '../../src/growth/growth-figures.js';
import { growthPlot } from '../../src/growth/growth-plot.js';

const LINEAR = [
  [1_000, 100],
  [2_000, 110],
  [5_000, 140],
] as const;

describe('the growth of a measure', () => {
  it('is 1 if each further one costs the same, whatever the first ones cost', () => {
    expect(growthRatio(LINEAR)).to.be.closeTo(1, 1e-9);
  });

  it('is above 1 if it grows faster, and below if slower', () => {
    expect(growthRatio([...LINEAR.slice(0, 2), [5_000, 200]])).to.be.closeTo(3, 1e-9);
    expect(growthRatio([...LINEAR.slice(0, 2), [5_000, 125]])).to.be.closeTo(0.5, 1e-9);
  });

  it('is unknown of two sizes', () => {
    expect(growthRatio(LINEAR.slice(0, 2))).to.be.NaN;
  });

  it('has a limit a quarter above linear', () => {
    expect(growthFigure('memory', LINEAR)).to.deep.include({ name: 'growth of memory (1: linear)', limit: 1.25 });
  });
});

describe('a percentile', () => {
  it('is a value that the share does not exceed', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([0, 0.5, 0.99, 1].map((share) => percentileOf(values, share))).to.deep.equal([1, 50, 99, 100]);
    expect(percentileOf([], 0.5)).to.be.NaN;
  });
});

describe('a plot of growth', () => {
  it('shows each curve, its unit, and what was measured on', () => {
    const machine = { cpu: 'Xeon <5>', cores: 2, memoryGib: 24, system: 'Linux', node: 'v20', commit: 'abc' };
    const panels = [{ title: 'memory', unit: 'MiB', series: [{ name: 'peak', points: LINEAR }] }];

    const svg = growthPlot('Tasks', 'tasks', panels, { machine, command: 'pnpm bench' });

    expect(svg).to.include('memory, MiB').and.include('2 × Xeon &lt;5>, 24 GiB, Node v20, commit abc; pnpm bench');
    expect(svg.match(/<polyline points="([^"]*)"/)?.[1]?.split(' ')).to.have.length(3);
    expect(svg).to.include('peak: 140');
  });
});
