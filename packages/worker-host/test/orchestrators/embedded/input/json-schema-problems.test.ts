import { createRequire } from 'node:module';
import type { Ajv as AjvClass } from 'ajv';
import { expect } from 'chai';
import sinon from 'sinon';
import { problemsOfValues } from '../../../../src/orchestrators/embedded/input/json-schema-problems.js';

const { Ajv } = createRequire(import.meta.url)('ajv') as { readonly Ajv: typeof AjvClass };

describe('problemsOfValues', () => {
  afterEach(() => sinon.restore());

  it('compiles a schema once for each mode of reading values, and evicts the oldest', () => {
    const compile = sinon.spy(Ajv.prototype, 'compile');
    const schemaOf = (title: string) => ({ title, properties: { cpu: { type: 'integer' } } });
    const found = (title: string, isExact: boolean): readonly string[] =>
      problemsOfValues({ cpu: '1' }, schemaOf(title), { isExact }).map(({ path }) => path);

    for (let time = 0; time < 3; time += 1) {
      expect(found('a', false)).to.deep.equal([]);
      expect(found('a', true)).to.deep.equal(['cpu']);
    }
    expect(compile.callCount).to.equal(2);
    for (let other = 0; other < 16; other += 1) found(`other ${other}`, false);
    found('a', false);
    expect(compile.callCount).to.equal(2 + 16 + 1);
  });
});
