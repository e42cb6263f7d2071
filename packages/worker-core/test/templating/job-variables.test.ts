import { expect } from 'chai';
import fc from 'fast-check';
import { expandDottedVariables, mergeJobVariables, variableDefaults } from '../../src/templating/job-variables.js';

const env = fc.dictionary(fc.constantFrom('A', 'B', 'C', 'D'), fc.string(), { noNullPrototype: true });

describe('mergeJobVariables', () => {
  it("overrides the deployment's variables by the run's and merges their env", () => {
    const merged = mergeJobVariables(
      { cpu: 1, image: 'a', env: { A: 'd', B: 'd' } },
      { cpu: 2, env: { B: 'r', C: null } },
    );
    expect(merged).to.deep.equal({ cpu: 2, image: 'a', env: { A: 'd', B: 'r', C: null } });
  });

  it("uses the run's env if the deployment's is not an object", () => {
    expect(mergeJobVariables({ env: 'text' }, { env: { A: '1' } })).to.deep.equal({ env: { A: '1' } });
    expect(mergeJobVariables({}, { env: { A: '1' } })).to.deep.equal({ env: { A: '1' } });
  });

  it('obeys laws: nothing changes nothing, the run wins, no name is lost', () => {
    fc.assert(
      fc.property(env, env, (below, above) => {
        const merged = mergeJobVariables({ env: below }, { env: above });
        expect(merged).to.deep.equal({ env: { ...below, ...above } });
        expect(mergeJobVariables(merged, { env: above })).to.deep.equal(merged);
        expect(mergeJobVariables({ env: below }, {})).to.deep.equal({ env: below });
      }),
    );
  });

  it('treats a name such as __proto__ as an ordinary one', () => {
    const merged = mergeJobVariables({}, JSON.parse('{"__proto__": {"x": 1}}'));
    expect(Object.getPrototypeOf(merged)).to.equal(Object.prototype);
    expect(JSON.stringify(merged)).to.equal('{"__proto__":{"x":1}}');
  });
});

describe('expandDottedVariables', () => {
  it('expands dotted keys; plain keys win, objects are merged deeply', () => {
    const expanded = expandDottedVariables({ 'env.A': 'dotted', 'env.B': 'dotted', env: { A: 'plain' }, 'x.0.y': 1 });
    expect(expanded).to.deep.equal({ env: { A: 'plain', B: 'dotted' }, x: { '0': { y: 1 } } });
  });

  it('treats indexes in a key as names, as written', () => {
    const expanded = expandDottedVariables({ 'a.b[0]': 1, 'a.b[01][x]': 2, 'c[0]': 3 });
    expect(expanded).to.deep.equal({ a: { b: { '0': 1, '01': { x: 2 } } }, 'c[0]': 3 });
  });

  it('rejects a path below a scalar', () => {
    expect(() => expandDottedVariables({ 'a.b': 1, 'a.b.c': 2 }))
      .to.throw(/a\.b\.c/)
      .with.property('code', 'JOB_VARIABLE_PATH_INVALID');
  });

  it('never changes a prototype', () => {
    const expanded = expandDottedVariables({ '__proto__.polluted': true, 'constructor.prototype.polluted': true });
    expect(({} as Record<string, unknown>).polluted).to.equal(undefined);
    expect(Object.getPrototypeOf(expanded)).to.equal(Object.prototype);
  });
});

describe('variableDefaults', () => {
  it('returns the non-null defaults', () => {
    const properties = {
      a: { default: null },
      b: {},
      c: { default: 0 },
      d: { default: false },
      e: { default: '' },
      f: 1,
    };
    expect(variableDefaults(properties)).to.deep.equal({ c: 0, d: false, e: '' });
  });
});
