import { strict as assert } from 'node:assert';
import { MutantSwitch } from '../../mutants/mutant-switch.mjs';

describe('MutantSwitch', () => {
  it('reports only the active mutant as on', () => {
    const mutants = new MutantSwitch();
    assert.equal(mutants.isOn(7), false);

    mutants.active = 7;

    assert.equal(mutants.isOn(7), true);
    assert.equal(mutants.isOn(8), false);
  });

  it('records the mutants that the code reaches, each once', () => {
    const mutants = new MutantSwitch();
    mutants.isOn(1);
    mutants.record(9);
    mutants.isOn(2);
    mutants.isOn(9);
    mutants.isOn(2);
    assert.deepEqual(mutants.recorded(), [2, 9]);

    mutants.isOn(3);

    assert.deepEqual(mutants.recorded(), [3]);
    mutants.stopRecording();
    assert.equal(mutants.isOn(4), false);
  });

  it('throws in an endless loop', () => {
    const mutants = new MutantSwitch();
    mutants.mostCalls = 3;
    for (let call = 0; call < 3; call += 1) mutants.isOn(1);
    assert.equal(mutants.isEndless, false);

    assert.throws(() => mutants.isOn(1), /endless/);
    assert.equal(mutants.isEndless, true);
  });
});
