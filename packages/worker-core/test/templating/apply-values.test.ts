import { expect } from 'chai';
import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../src/json/json.js';
import { applyValues } from '../../src/templating/apply-values.js';
import { NotSet } from '../../src/templating/not-set.js';

const VALUES: JsonObject = {
  cpu: 512,
  nothing: null,
  no: false,
  half: 1.5,
  text: 'xy',
  list: ['x', { y: 1 }, [2]],
  a: { 'b-c': { d: 1 }, '0': 'key' },
  ünï: { ß: 'sharp' },
  '': 'empty',
};

describe('applyValues', () => {
  it('leaves null, numbers and booleans unchanged', () => {
    for (const value of [null, 0, 1.5, true, false]) expect(applyValues(value, VALUES)).to.equal(value);
  });

  it('rejects what is not JSON, naming its type', () => {
    expect(() => applyValues((() => 1) as unknown as JsonValue, VALUES))
      .to.throw(/function/)
      .with.property('code', 'TEMPLATE_TYPE_INVALID');
  });

  for (const [template, expected] of [
    ['{{ cpu }}', 512],
    ['{{cpu}}', 512],
    ['{{\t cpu\n}}', 512],
    ['{{\u001c\u0085\u00a0cpu\u2028}}', 512],
    ['{{\ufeffcpu}}', '{{\ufeffcpu}}'],
    ['{{ nothing }}', null],
    ['{{ no }}', false],
    ['{{ list }}', VALUES.list],
    ['{{ list[1].y }}', 1],
    ['{{ list[-1][0] }}', 2],
    ['{{ text[0] }}', 'x'],
    ['{{ text.-1 }}', 'y'],
    ['{{ a.b-c.d }}', 1],
    ['{{ ünï.ß }}', 'sharp'],
    ['{{ list[１].y }}', 1],
    ['{{ gone }}', NotSet],
    ['{{ a.0 }}', 'key'],
    ['{{ a.00 }}', NotSet],
    ['{{ a.. }}', NotSet],
    ['{{ list[9] }}', NotSet],
    ['{{ list[[0]] }}', NotSet],
    ['{{ list.length }}', NotSet],
    ['{{ nothing.x }}', NotSet],
    ['{{ cpu.x }}', NotSet],
    ['{{ text[2] }}', NotSet],
  ] as const) {
    it(`resolves the whole text ${JSON.stringify(template)} to the value itself`, () => {
      expect(applyValues(template, VALUES)).to.deep.equal(expected);
    });
  }

  for (const [template, expected] of [
    ['pre-{{ gone }}-post', 'pre--post'],
    ['{{ no }}/{{ nothing }}/{{ half }}', 'False/None/1.5'],
    ['v={{ list }}', "v=['x', {'y': 1}, [2]]"],
    ['{{ cpu }} {{ cpu }}', '512 512'],
    [' {{ cpu }}', ' 512'],
    ['{{ a b }} {{}} {{ cpu', '{{ a b }} {{}} {{ cpu'],
    ['{{{ cpu }}}', '{512}'],
    ['{{ prefect.variables.v }}-{{ cpu }}', '{{ prefect.variables.v }}-512'],
    ['{{ prefect.blocks.secret.x }}', '{{ prefect.blocks.secret.x }}'],
  ] as const) {
    it(`inserts the text of each value into ${JSON.stringify(template)}`, () => {
      expect(applyValues(template, VALUES)).to.equal(expected);
    });
  }

  it('inserts replacements literally, including dollar signs', () => {
    expect(applyValues('<{{ v }}>', { v: "$&$1$'" })).to.equal("<$&$1$'>");
  });

  it('drops members and items without a value', () => {
    expect(applyValues({ a: '{{ gone }}', b: ['{{ gone }}', 'keep', null] }, VALUES)).to.deep.equal({
      b: ['keep', null],
    });
  });

  it('keeps the text of placeholders without a value if requested', () => {
    const options = { removeNotSet: false };
    expect(applyValues({ a: '{{ gone }}', b: 'x{{ gone }}', c: '{{ cpu }}' }, VALUES, options)).to.deep.equal({
      a: '{{ gone }}',
      b: 'x{{ gone }}',
      c: 512,
    });
    expect(applyValues(['{{ gone }}', 'x{{ gone }}', '{{ cpu }}', ['{{ gone }}']], VALUES, options)).to.deep.equal([
      '{{ gone }}',
      'x{{ gone }}',
      512,
      ['{{ gone }}'],
    ]);
    expect(applyValues('{{ $GONE }}', VALUES, options)).to.equal('{{ $GONE }}');
  });

  it('never reads an inserted value as a placeholder, in any order', () => {
    const values = { a: '{{ b }}', b: '{{ a }}', open: '{{ ', name: 'a', close: ' }}' };
    const environment = { INJECTED: '{{ a }}' };
    expect(applyValues('{{ a }} {{ b }} {{ a }}', values)).to.equal('{{ b }} {{ a }} {{ b }}');
    expect(applyValues('{{ open }}{{ name }}{{ close }} {{ a }}', values)).to.equal('{{ a }} {{ b }}');
    expect(applyValues('{{ $INJECTED }} {{ b }}', values, { environment })).to.equal('{{ a }} {{ a }}');
  });

  it('takes linear time in the text, for any values', () => {
    const values = { x: '{{ x }}{{ x }}' };
    expect(applyValues('{{ x }}'.repeat(5_000), values)).to.equal('{{ x }}{{ x }}'.repeat(5_000));
  });

  it('rejects excessive input: one text, many texts, many values, indexes into long texts', () => {
    const values = { x: 'y'.repeat(50_000) };
    expect(applyValues('{{ x }}'.repeat(10), values)).to.have.length(500_000);
    const tooLarge = {
      'one text': '{{ x }}'.repeat(11),
      'many texts': Array.from({ length: 11 }, () => '-{{ x }}'),
      'many values': Array.from({ length: 70_000 }, () => 1),
      indexes: Array.from({ length: 11 }, (_, index) => `{{ x[${index}] }}`),
    };
    for (const [name, template] of Object.entries(tooLarge))
      expect(() => applyValues(template, values), name)
        .to.throw(/524288 characters/)
        .with.property('code', 'TEMPLATE_TOO_LARGE');
  });

  it('reads digits that are not an index as a name', () => {
    expect(applyValues(`{{ x.${'1'.repeat(400_000)} }}`, { x: [1] })).to.equal(NotSet);
  });

  it("reads environment placeholders from the worker's environment; a missing one is empty", () => {
    const options = { environment: { HOME: 'here', EMPTY: undefined } };
    expect(applyValues('{{ $HOME }}', VALUES, options)).to.equal('here');
    expect(applyValues('{{ $GONE }}', VALUES, options)).to.equal('');
    expect(applyValues('a{{ $EMPTY }}b{{ $toString }}', VALUES, options)).to.equal('ab');
    expect(applyValues('{{ $$HOME }}', VALUES, options)).to.equal('here');
  });

  it('leaves placeholders with skipped prefixes unchanged', () => {
    const options = { skipPrefixes: ['ctx.'] };
    expect(applyValues('{{ cpu }} {{ ctx.flow.name }}', VALUES, options)).to.equal('512 {{ ctx.flow.name }}');
  });

  it('does not apply keys', () => {
    expect(applyValues({ '{{ cpu }}': 'v' }, VALUES)).to.deep.equal({ '{{ cpu }}': 'v' });
  });

  it('never reads a prototype', () => {
    for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'a.constructor.name', 'list.map']) {
      expect(applyValues(`{{ ${name} }}`, VALUES), name).to.equal(NotSet);
    }
  });

  it('changes no JSON without placeholders', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(!JSON.stringify(value).includes('{{'));
        const plain = JSON.parse(JSON.stringify(value)) as JsonValue;
        expect(JSON.stringify(applyValues(plain, VALUES))).to.equal(JSON.stringify(plain));
      }),
    );
  });

  it('changes neither prototypes nor its inputs, for any names', () => {
    const name = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'a', 'b');
    const before = Object.getOwnPropertyNames(Object.prototype).sort();
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), name, (path, key) => {
        const text = JSON.stringify({ x: `{{ ${path.join('.')} }}` }).replace('"x"', JSON.stringify(key));
        const template = JSON.parse(text) as JsonObject;
        const values = JSON.parse('{"__proto__": {"polluted": true}, "a": {"b": 1}}') as JsonObject;
        applyValues(template, values);
        expect(JSON.stringify(template)).to.equal(text);
        expect(Object.getOwnPropertyNames(Object.prototype).sort()).to.deep.equal(before);
        expect(({} as Record<string, unknown>).polluted).to.equal(undefined);
      }),
    );
  });

  it('returns the same result twice', () => {
    const text = fc.string({ unit: fc.constantFrom('{{ cpu }}', '{{ text }}', '{{ gone }}', '{', '}', 'x', ' ') });
    fc.assert(
      fc.property(text, (template) => {
        expect(applyValues(template, VALUES)).to.deep.equal(applyValues(template, VALUES));
      }),
    );
  });
});
