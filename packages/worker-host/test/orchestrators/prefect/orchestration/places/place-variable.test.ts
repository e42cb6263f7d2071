import type { JsonValue } from '@worker-host/core';
import { expect } from 'chai';
import {
  placeNamesBegin,
  placeOfVariable,
  placeText,
  placeVariable,
} from '../../../../../src/orchestrators/prefect/orchestration/places/place-variable.js';

const PLACE = { region: 'eu-west-1', cluster: 'c' };
/** Rule of the server for names of variables. */
const NAME = /^[a-z0-9]+(_[a-z0-9]+)*$/;

describe('placeVariable', () => {
  it('contains pool and place, under a name that begins with the pool', () => {
    const variable = placeVariable('My ECS-Pool', PLACE);

    expect(variable.value).to.deep.equal({ work_pool: 'My ECS-Pool', place: PLACE });
    expect(variable.tags).to.deep.equal(['worker-host']);
    expect(variable.name).to.match(/^worker_host_place_my_ecs_pool_[0-9a-f]{8}_[0-9a-f]{16}$/);
    expect(variable.name.startsWith(placeNamesBegin('My ECS-Pool'))).to.equal(true);
  });

  it('has a name that the server accepts for every name of a pool', () => {
    for (const pool of ['ö', '--', '_a_', 'Ünter/den%Linden', 'x'.repeat(400), `${'x'.repeat(179)}-y`]) {
      const { name } = placeVariable(pool, PLACE);
      expect(name, pool).to.match(NAME);
      expect(name.length, pool).to.be.at.most(255);
    }
  });

  it('is the same for equal places only, whatever the order of their members', () => {
    const nameOf = (pool: string, place: typeof PLACE | object) => placeVariable(pool, { ...place }).name;
    expect(nameOf('p', { cluster: 'c', region: 'eu-west-1' })).to.equal(nameOf('p', PLACE));
    expect(placeText({ a: { c: [1], b: 2 } })).to.equal(placeText({ a: { b: 2, c: [1] } }));
    const others = [
      nameOf('p', PLACE),
      nameOf('p', { ...PLACE, cluster: 'd' }),
      nameOf('P', PLACE),
      nameOf('p-', PLACE),
    ];
    expect(new Set(others).size).to.equal(others.length);
  });
});

describe('placeNamesBegin', () => {
  it('begins the names of no other pool', () => {
    for (const other of ['p-1', 'P', 'p_', 'pp', ''])
      expect(placeVariable(other, PLACE).name.includes(placeNamesBegin('p')), other).to.equal(false);
  });
});

describe('placeOfVariable', () => {
  it('returns the place of the same pool only', () => {
    const { value } = placeVariable('p', PLACE);
    expect(placeOfVariable({ value }, 'p')).to.deep.equal(PLACE);
    expect(placeOfVariable({ value }, 'q')).to.equal(null);
  });

  it('returns null for a value that somebody has changed', () => {
    const values: readonly JsonValue[] = ['text', 1, null, [], {}, { work_pool: 'p' }, { work_pool: 'p', place: 'c' }];
    for (const value of values) expect(placeOfVariable({ value }, 'p'), JSON.stringify(value)).to.equal(null);
  });
});
