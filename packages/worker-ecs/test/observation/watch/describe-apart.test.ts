import { expect } from 'chai';
import type { EcsTask } from '../../../src/aws/ecs-api.js';
import { describeApart } from '../../../src/observation/watch/describe-apart.js';
import { awsError } from '../../support/fake-ecs.js';

const REFUSAL = awsError('InvalidParameterException', 'Identifier is for another account');

describe('describeApart', () => {
  it('finds the tasks that ECS refuses by halving, and describes the others', async () => {
    const calls: string[] = [];
    const describe = async (arns: readonly string[]): Promise<readonly EcsTask[]> => {
      calls.push(arns.join(''));
      if (arns.some((arn) => 'be'.includes(arn))) throw REFUSAL;
      return arns.map((taskArn) => ({ taskArn }));
    };

    const { tasks, refused } = await describeApart(describe, ['a', 'b', 'c', 'd', 'e']);

    expect(tasks.map(({ taskArn }) => taskArn)).to.deep.equal(['a', 'c', 'd']);
    expect([...refused]).to.deep.equal([
      ['b', REFUSAL],
      ['e', REFUSAL],
    ]);
    expect(calls).to.deep.equal(['abcde', 'abc', 'ab', 'a', 'b', 'c', 'de', 'd', 'e']);
  });

  for (const error of [
    awsError('ServerException', 'x'),
    awsError('InvalidParameterException', 'Rate exceeded'),
    awsError('AccessDeniedException', 'x'),
  ]) {
    it(`rejects with ${error.name} (${error.message})`, async () => {
      const failure = await describeApart(() => Promise.reject(error), ['a', 'b']).catch((each: unknown) => each);

      expect(failure).to.equal(error);
    });
  }

  it('rejects a refusal without any task', async () => {
    const failure = await describeApart(() => Promise.reject(REFUSAL), []).catch((each: unknown) => each);

    expect(failure).to.equal(REFUSAL);
  });
});
