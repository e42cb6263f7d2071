import { expect } from 'chai';
import { PoolBench, thrownBy } from '../support/pool-bench.js';

describe('variables of the embedded pool', () => {
  let bench: PoolBench;
  beforeEach(() => {
    bench = new PoolBench();
  });
  afterEach(() => bench.dispose());

  it('are set, replaced, read by another process, listed and deleted', () => {
    const { variables } = bench.open();
    const other = bench.open().variables;
    variables.set('b', { deep: [1, 'two', null] });
    variables.set('a', 'first');
    other.set('a', 'second');
    expect(variables.read('a')).to.equal('second');
    expect(other.find('b')).to.deep.equal({ name: 'b', value: { deep: [1, 'two', null] } });
    expect(variables.list().map(({ name }) => name)).to.deep.equal(['a', 'b']);
    other.delete('a');
    expect(variables.find('a')).to.equal(null);
  });

  it('distinguish a value of null from an absent variable', () => {
    const { variables } = bench.open();
    variables.set('nothing', null);
    expect(variables.find('nothing')).to.deep.equal({ name: 'nothing', value: null });
    expect(variables.find('unknown')).to.equal(null);
    variables.delete('nothing');
    expect(variables.find('nothing')).to.equal(null);
  });

  it('that are unknown are reported with the existing ones', () => {
    const { variables } = bench.open();
    variables.set('known', 1);
    const error = thrownBy(() => variables.read('unknown'));
    expect(error).to.include({ code: 'NOT_FOUND' });
    expect(error.message).to.contain('known');
    expect(thrownBy(() => variables.delete('unknown'))).to.include({ code: 'NOT_FOUND' });
  });

  for (const name of ['', 'a b', 'a.b', 'é', 'x'.repeat(256)])
    it(`cannot be named ${JSON.stringify(name.slice(0, 10))}${name.length > 10 ? ' and so on' : ''}`, () => {
      expect(thrownBy(() => bench.open().variables.set(name, 1))).to.include({ code: 'POOL_INPUT_INVALID' });
    });
});
