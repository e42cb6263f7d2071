import { expect } from 'chai';
import { workerSlug } from '../../src/host/worker-slug.js';

describe('workerSlug', () => {
  for (const [name, expected] of [
    ['My Worker_1', 'my-worker-1'],
    ['Ünï/x', 'uni-x'],
    ["Würk'er #1 ?", 'wurk-er-1'],
    ['it’s', 'its'],
    ['Straße 1,000', 'strasse-1000'],
    ['Ærø—Łódź', 'aero-lodz'],
    ['Привет, объект Юлия', 'privet-obekt-iuliia'],
    ['Αθήνα', 'athena'],
    ['x²·y×z', 'x2-yxz'],
    ['ﬁne 🚀 job', 'fine-job'],
    ['--', ''],
  ] as const) {
    it(`converts ${name} to ${expected || 'nothing'}`, () => {
      expect(workerSlug(name)).to.equal(expected);
    });
  }
});
