import { expect } from 'chai';
import { explainExit } from '../../../src/host/run/exit-explanations.js';

describe('explainExit', () => {
  for (const [status, text] of [
    [1, /general error/],
    [125, /could not be run/],
    [126, /could not be executed/],
    [127, /not found/],
    [137, /SIGKILL/],
    [143, /SIGTERM/],
    [247, /memory usage/],
    [-9, /SIGKILL/],
    [-15, /SIGTERM/],
    [0xc000013a, /Ctrl-C/],
    [-1, /without an exit status/],
    [3, /error code of its own/],
  ] as const) {
    it(`explains ${status}`, () => {
      expect(explainExit(status).text).to.match(text);
    });
  }

  it('suggests what to check, unless the stop of the job was requested', () => {
    for (const status of [1, 125, 126, 127, 137, 247, -9, 3]) expect(explainExit(status).resolution).to.match(/\.$/);
    for (const status of [143, -15, 0xc000013a, -1]) expect(explainExit(status).resolution).to.equal(null);
  });
});
