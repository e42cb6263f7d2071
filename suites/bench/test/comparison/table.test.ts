import { expect } from 'chai';
import { rowsOf } from '../../src/comparison/rows.js';
import { tableOf } from '../../src/comparison/table.js';

describe('tableOf', () => {
  it('shows medians with their spread, the ratio, the goal and the distance to it', () => {
    const rows = rowsOf({
      peer: { start: [2], deathOne: [Number.POSITIVE_INFINITY] },
      ours: { start: [0.5, 0.6, 0.44], memoryIdle: [69.44], deathOne: [0.028], loop: [1], launched: [300] },
    });

    expect(
      tableOf(rows, 'a peer')
        .split('\n')
        .map((line) => line.replaceAll(/ +/g, ' ')),
    ).to.deep.equal([
      '| measure | a peer | worker-host | ratio | goal | result |',
      '|------------------------------------|--------|---------------------|-------|--------|----------|',
      '| process start to first poll | 2 s | 0.5 s (0.44 to 0.6) | 0.25 | 0.4 s | 25 % off |',
      '| resident memory, idle for a minute | – | 69.4 MiB | – | 64 MiB | 9 % off |',
      '| 300 runs at once: launched | – | 300 | – | 300 | met |',
      '| death of one task to Crashed | never | 0.028 s | 0 | – | |',
    ]);
  });
});
