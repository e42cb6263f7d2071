import { expect } from 'chai';
import { launchPlot, ratioPlot } from '../../src/comparison/plots.js';
import { rowsOf } from '../../src/comparison/rows.js';

const ROWS = rowsOf({
  peer: { start: [2], memoryAtPoll: [130] },
  ours: { start: [0.5], memoryAtPoll: [75], memoryIdle: [60] },
});

describe('ratioPlot', () => {
  it('has a bar and the ratio of each measure that the peer has', () => {
    const plot = ratioPlot(ROWS, 'a <peer>');

    expect(plot).to.match(/^<svg [^>]*>[\s\S]*<\/svg>\n$/);
    expect(plot).to.include('a &lt;peer>');
    expect(plot).to.include('>process start to first poll<').and.to.include('>0.25 25 % off<');
    expect(plot).to.include('>0.58 met<');
    expect(plot).not.to.include('idle for a minute');
  });

  it('is the same for the same rows', () => {
    expect(ratioPlot(ROWS, 'a peer')).to.equal(ratioPlot(ROWS, 'a peer'));
  });
});

describe('launchPlot', () => {
  it('has a line for each that launched, with one point a launch', () => {
    const plot = launchPlot({ first: [2, 1, 10], second: [5] });

    expect([...plot.matchAll(/points="([^"]*)"/g)].map(([, points]) => points)).to.deep.equal([
      '141,273.3 222,166.7 870,60',
      '465,273.3',
    ]);
    expect(plot).to.include('>first<').and.to.include('>second<');
  });
});
