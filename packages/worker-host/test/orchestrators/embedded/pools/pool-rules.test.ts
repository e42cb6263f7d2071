import type { JsonObject } from '@worker-host/core';
import { expect } from 'chai';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import { newRun, PoolBench } from '../support/pool-bench.js';

const FORM: JsonObject = {
  type: 'object',
  required: ['image'],
  definitions: { Key: { type: 'object', properties: { secret: { type: 'string', format: 'password' } } } },
  properties: {
    image: { type: 'string' },
    cpu: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
    ratio: { type: 'number', maximum: 1 },
    kind: { type: 'string', enum: ['FARGATE', 'FARGATE_SPOT'] },
    env: { type: 'object', additionalProperties: { type: 'string' } },
    hosts: {
      type: 'array',
      items: { type: 'object', required: ['name'], additionalProperties: false, properties: { name: {} } },
    },
    key: { $ref: '#/definitions/Key' },
  },
};
const TEMPLATE: JsonObject = { job_configuration: { image: '{{ image }}', note: '{{ remark }}' }, variables: FORM };

/** Rejected input, the messages about it, and the nearest valid value. */
const VARIABLES: readonly (readonly [string, JsonObject, readonly string[], JsonObject])[] = [
  [
    'a name that is not there',
    { imagee: 'x', image: 'x' },
    ['imagee: expected a variable of the pool, found this name. Try image.'],
    { image: 'x' },
  ],
  [
    'a name like no other',
    { image: 'x', zzzzzz: 1 },
    ['zzzzzz: expected a variable of the pool (image, cpu, ratio, kind, env, hosts, key), found this name.'],
    { image: 'x', remark: 1 },
  ],
  ['a missing one', {}, ['image: expected a value, found nothing.'], { image: '' }],
  [
    'a text for a number',
    { image: 'x', cpu: '2 vCPU' },
    ['cpu: expected a whole number or null, found "2 vCPU". Try 2.'],
    { image: 'x', cpu: '2' },
  ],
  [
    'a fraction for a whole number',
    { image: 'x', cpu: 1.5 },
    ['cpu: expected a whole number or null, found 1.5. Try 2.'],
    { image: 'x', cpu: 2 },
  ],
  [
    'another word',
    { image: 'x', kind: 'fargate spot' },
    ['kind: expected one of FARGATE, FARGATE_SPOT, found "fargate spot". Try FARGATE_SPOT.'],
    { image: 'x', kind: 'FARGATE_SPOT' },
  ],
  [
    'a limit',
    { image: 'x', ratio: 2 },
    ['ratio: expected a value that must be <= 1, found 2.'],
    { image: 'x', ratio: 1 },
  ],
  [
    'a member',
    { image: 'x', env: { A: ['b'] } },
    ['env.A: expected a text, found ["b"].'],
    { image: 'x', env: { A: 'b' } },
  ],
  [
    'members of a list',
    { image: 'x', hosts: [{ name: 'a' }, { nam: 'b' }] },
    ['hosts[1].name: expected a value, found nothing.', 'hosts[1].nam: expected no such key, found {"nam":"b"}.'],
    { image: 'x', hosts: [{ name: 'a' }, { name: 'b' }] },
  ],
  [
    'a secret, without showing it',
    { image: 'x', key: { secret: ['hush-hush'] } },
    ['key.secret: expected a text, found ********.'],
    { image: 'x', key: { secret: 'hush-hush' } },
  ],
  [
    'all at once',
    { cpu: [], 'env.A': {} },
    [
      'image: expected a value, found nothing.',
      'cpu: expected a whole number or null, found [].',
      'env.A: expected a text, found {}.',
    ],
    { image: 'x', cpu: '{{ prefect.variables.cpu }}', 'env.A': { $ref: { block_document_id: 'b' } } },
  ],
];

const TEMPLATES: readonly (readonly [string, JsonObject, readonly string[], JsonObject])[] = [
  [
    'no configuration',
    { variables: {} },
    ['job_configuration: expected an object, found nothing.'],
    { job_configuration: {}, variables: {} },
  ],
  [
    'a list as form',
    { job_configuration: {}, variables: [] },
    ['variables: expected an object, found [].'],
    { job_configuration: {}, variables: {} },
  ],
  [
    'a form that is no schema',
    { job_configuration: {}, variables: { properties: { cpu: { type: 'integre' } } } },
    [
      'variables.properties.cpu.type: expected one of array, boolean, integer, null, number, object, string or a list, found "integre". Try integer.',
    ],
    { job_configuration: {}, variables: { properties: { cpu: { type: 'integer' } } } },
  ],
  [
    'a reference to nothing',
    { job_configuration: {}, variables: { properties: { a: { $ref: '#/definitions/B' } } } },
    ["variables: expected a JSON Schema, found can't resolve reference #/definitions/B from id #."],
    { job_configuration: {}, variables: { definitions: { B: {} }, properties: { a: { $ref: '#/definitions/B' } } } },
  ],
];

function refusalOf(deed: () => unknown): { readonly code: string; readonly lines: readonly string[] } | null {
  try {
    deed();
    return null;
  } catch (error) {
    const { code, message } = error as Error & { readonly code: string };
    const lines = message
      .replace(/^The base job template is not valid:\s/, '\n  ')
      .split('\n')
      .map((line) => line.trim());
    return { code, lines };
  }
}

describe('what the embedded pool rejects', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.open();
    pool.pools.create({ name: 'mine', type: 'test', baseJobTemplate: TEMPLATE });
  });
  afterEach(() => bench.dispose());

  for (const [what, refused, lines, nearest] of VARIABLES) {
    it(`of job variables: ${what}; the nearest valid value passes`, () => {
      const refusal = refusalOf(() => pool.runs.create(newRun({ jobVariables: refused })));

      expect(refusal?.code).to.equal('JOB_VARIABLES_INVALID');
      expect(refusal?.lines.slice(1, -1)).to.have.members(lines);
      expect(refusalOf(() => pool.runs.create(newRun({ jobVariables: nearest })))).to.equal(null);
    });
  }

  for (const [what, refused, lines, nearest] of TEMPLATES) {
    it(`of templates: ${what}; the nearest valid one passes`, () => {
      const refusal = refusalOf(() => pool.pools.update('mine', { baseJobTemplate: refused }));

      expect(refusal?.code).to.equal('POOL_INPUT_INVALID');
      expect(refusal?.lines.slice(1)).to.deep.equal(lines);
      expect(refusalOf(() => pool.pools.update('mine', { baseJobTemplate: nearest }))).to.equal(null);
    });
  }

  const create = (name: string) => pool.pools.create({ name, type: 'test', baseJobTemplate: {} });
  const INPUTS: readonly (readonly [string, () => unknown, RegExp, () => unknown])[] = [
    ['an empty name', () => create(' '), /1 to 255 characters.*found: " "/, () => create('a')],
    ['a name with a slash', () => create('a/b'), /without \/ % & < > .*"a\/b"/, () => create('a-b')],
    ['a name that is too long', () => create('a'.repeat(256)), /1 to 255 characters/, () => create('a'.repeat(255))],
    [
      'a limit below 0',
      () => pool.pools.update('mine', { concurrencyLimit: -1 }),
      /0 or more \(found: -1\)/,
      () => pool.pools.update('mine', { concurrencyLimit: 0 }),
    ],
    [
      'a priority below 1',
      () => pool.pools.createQueue('mine', { name: 'q', priority: 0 }),
      /1 or more; 1 is the most urgent \(found: 0\)/,
      () => pool.pools.createQueue('mine', { name: 'q', priority: 1 }),
    ],
    [
      'a fraction as priority',
      () => pool.pools.updateQueue('mine', 'default', { priority: 1.5 }),
      /found: 1.5/,
      () => pool.pools.updateQueue('mine', 'default', { priority: 2 }),
    ],
    [
      'a variable with a blank in its name',
      () => pool.variables.set('a b', 1),
      /letters without accents/,
      () => pool.variables.set('a_b', 1),
    ],
    [
      'a run without deployment and pool',
      () => pool.runs.create({ ...newRun(), workPoolName: null }),
      /a deployment or a work pool/,
      () => pool.runs.create(newRun({ jobVariables: { image: 'x' } })),
    ],
  ];
  for (const [what, refused, says, nearest] of INPUTS) {
    it(`of inputs: ${what}; the nearest valid value passes`, () => {
      expect(refused).to.throw(says).with.property('code', 'POOL_INPUT_INVALID');
      expect(nearest).to.not.throw();
    });
  }
});
