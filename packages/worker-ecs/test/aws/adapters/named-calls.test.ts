import { expect } from 'chai';
import { namedCalls } from '../../../src/aws/adapters/named-calls.js';
import { awsErrorFacts, awsErrorText } from '../../../src/aws/errors/aws-error-facts.js';
import { awsError } from '../../support/fake-ecs.js';

describe('namedCalls', () => {
  const failing = (error: unknown) => ({
    describeVpcs: () => Promise.reject(error),
    receiveMessages: () => Promise.reject(error),
  });

  it('adds permission and region of the failed call to an error', async () => {
    const error = awsError('UnauthorizedOperation', 'You are not authorized to perform this operation');

    const caught: unknown = await namedCalls('ec2', 'eu-west-1', failing(error))
      .describeVpcs()
      .catch((reason: unknown) => reason);

    expect(caught).to.equal(error);
    expect(awsErrorText(caught)).to.equal(
      'ec2:DescribeVpcs in eu-west-1: UnauthorizedOperation: You are not authorized to perform this operation',
    );
    expect(Object.keys(error)).not.to.include('operation');
  });

  it('maps permissions whose names differ from the method, and keeps the first call of an error', async () => {
    const error = awsError('AccessDenied', 'no');
    await namedCalls('sqs', 'eu-west-1', failing(error))
      .receiveMessages()
      .catch(() => {});

    await namedCalls('ec2', 'us-east-1', failing(error))
      .describeVpcs()
      .catch(() => {});

    expect(awsErrorFacts(error)).to.include({ operation: 'sqs:ReceiveMessage', region: 'eu-west-1' });
  });

  it('passes on responses and private state', async () => {
    class Api {
      readonly #answer = 'yes';

      async ask(): Promise<string> {
        return this.#answer;
      }
    }

    expect(await namedCalls('ecs', 'us-east-1', new Api()).ask()).to.equal('yes');
  });
});
