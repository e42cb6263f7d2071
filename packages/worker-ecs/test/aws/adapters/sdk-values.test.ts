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
  it('gives what the answer is in JSON', () => {
    expect(jsonOf(anAnswer())).to.deep.equal(JSON.parse(JSON.stringify(anAnswer())));
  });

  it('gives a time that is none as null', () => {
    expect(jsonOf({ createdAt: new Date(Number.NaN) })).to.deep.equal({ createdAt: null });
  });

  it('gives nothing for an answer that is absent', () => {
    expect(jsonOf(undefined)).to.deep.equal({});
  });
});
