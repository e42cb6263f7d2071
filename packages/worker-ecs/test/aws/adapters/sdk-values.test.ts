import { expect } from 'chai';
import { jsonOf } from '../../../src/aws/adapters/sdk-values.js';

const anAnswer = () => ({
  taskArn: 'arn:task',
  createdAt: new Date('2027-01-02T03:04:05.678Z'),
  stoppedAt: undefined,
  healthStatus: null,
  version: 3,
  share: Number.NaN,
  containers: [{ name: 'a', exitCode: 0, startedAt: new Date(0), reason: undefined }, undefined],
  overrides: { environment: { NAME: '' }, flags: [true, false] },
});

describe('jsonOf', () => {
  it('returns the response as JSON', () => {
    expect(jsonOf(anAnswer())).to.deep.equal(JSON.parse(JSON.stringify(anAnswer())));
  });

  it('returns null for an invalid time', () => {
    expect(jsonOf({ createdAt: new Date(Number.NaN) })).to.deep.equal({ createdAt: null });
  });

  it('returns nothing for an absent response', () => {
    expect(jsonOf(undefined)).to.deep.equal({});
  });
});
