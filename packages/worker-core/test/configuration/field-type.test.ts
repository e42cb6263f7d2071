import { expect } from 'chai';
import { problemLine } from '../../src/configuration/configuration-problem.js';
import { type FieldType, findTypeProblems } from '../../src/configuration/field-type.js';

/** A type with a value it rejects, where and why, and a similar value it accepts. */
const RULES: readonly (readonly [FieldType, unknown, string, unknown])[] = [
  ['string', 5, 'f: expected a text, found 5. Try "5".', '5'],
  ['string?', true, 'f: expected a text or null, found true. Try "true".', null],
  ['path?', 5, 'f: expected a path or null, found 5.', '/etc/ssl'],
  ['integer', 1.5, 'f: expected a whole number, found 1.5. Try 2.', 2],
  ['integer?', '512 MB', 'f: expected a whole number or null, found "512 MB". Try 512.', 512],
  ['integer', 'many', 'f: expected a whole number, found "many".', 1],
  ['number', '5 s', 'f: expected a number, found "5 s". Try 5.', 5],
  ['boolean', 'ture', 'f: expected true or false, found "ture". Try true.', true],
  ['boolean?', 'nope', 'f: expected true or false or null, found "nope". Try false.', false],
  ['boolean|path?', 5, 'f: expected true, false or a path or null, found 5.', true],
  ['object', null, 'f: expected an object, found null. Try {}.', {}],
  ['map<string>', ['A=1', 'B=x=y'], 'f: expected an object of texts, found a list of 2. Try {"A": …, "B": …}.', {}],
  [
    'map<string?>',
    [{ name: 'PASSWORD', value: 'hunter2' }],
    'f: expected an object of texts or nulls, found a list of 1. Try {"PASSWORD": …}.',
    {},
  ],
  ['map<string>', [{ name: 'A' }], 'f: expected an object of texts, found a list of 1.', {}],
  ['map<string>', 'PASSWORD=hunter2', 'f: expected an object of texts, found a text.', {}],
  ['list<string>', { password: 'hunter2' }, 'f: expected a list of texts, found an object (password).', []],
  ['object', '{"password":"hunter2"}', 'f: expected an object, found a text.', {}],
  ['map<string>', { a: 'b', n: 1 }, 'f.n: expected a text, found 1. Try "1".', { a: 'b', n: '1' }],
  ['map<string?>', { a: null, n: [] }, 'f.n: expected a text or null, found [].', { a: null, n: null }],
  ['list<string>?', ['a', 2], 'f[1]: expected a text, found 2. Try "2".', ['a', '2']],
  ['list<map<string>>?', [{ k: 1 }], 'f[0].k: expected a text, found 1. Try "1".', [{ k: '1' }]],
  [
    { enum: ['FARGATE_SPOT'] },
    'fargate-spot',
    'f: expected one of FARGATE_SPOT, found "fargate-spot". Try FARGATE_SPOT.',
    'FARGATE_SPOT',
  ],
  [{ model: () => Object }, [], 'f: expected an object, found [].', {}],
  [{ model: () => Object, isNullable: true }, 'x', 'f: expected an object, found a text.', null],
  [{ listOf: () => Object }, {}, 'f: expected a list, found {}.', []],
];

describe('types of fields', () => {
  for (const [type, wrong, line, good] of RULES) {
    it(`${JSON.stringify(type)} rejects ${JSON.stringify(wrong)} and accepts ${JSON.stringify(good)}`, () => {
      expect(findTypeProblems(type, wrong, 'f').map(problemLine)).to.deep.equal([line]);
      expect(findTypeProblems(type, good, 'f')).to.deep.equal([]);
    });
  }

  it('name every invalid member', () => {
    expect(findTypeProblems('map<string>', { a: 1, b: 'x', c: null }, 'f').map(({ path }) => path)).to.deep.equal([
      'f.a',
      'f.c',
    ]);
  });
});
