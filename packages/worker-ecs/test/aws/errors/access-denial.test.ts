import { expect } from 'chai';
import { accessDenialOf, adviceOnDenial } from '../../../src/aws/errors/access-denial.js';
import { AwsCallFailedError } from '../../../src/aws/errors/access-errors.js';
import { awsErrorText, noteCall } from '../../../src/aws/errors/aws-error-facts.js';
import { classifyLaunchError, NO_CONTEXT } from '../../../src/aws/launch-errors/classify-launch-error.js';
import { adviceOn } from '../../../src/task-run/launch-errors.js';
import { awsError } from '../../support/fake-ecs.js';

const USER = 'User: arn:aws:sts::123456789012:assumed-role/worker/w1';
const ROLE = 'arn:aws:iam::123456789012:role/etl';
const PASS_ROLE = `${USER} is not authorized to perform: iam:PassRole on resource: ${ROLE} because no identity-based policy allows the iam:PassRole action`;

describe('accessDenialOf', () => {
  it('prefers action and resource in the response to the denied call', () => {
    const error = awsError('AccessDeniedException', PASS_ROLE);
    noteCall(error, { operation: 'ecs:RunTask', region: 'eu-west-1' });

    expect(accessDenialOf(error)).to.deep.equal({ action: 'iam:PassRole', resource: ROLE, deniedBy: null });
  });

  it('uses the call if the response names no action', () => {
    const error = awsError('UnauthorizedOperation', 'You are not authorized to perform this operation.');
    noteCall(error, { operation: 'ec2:DescribeVpcs', region: 'eu-west-1' });

    expect(accessDenialOf(error)).to.deep.equal({ action: 'ec2:DescribeVpcs', resource: null, deniedBy: null });
  });

  it('knows the action that is missing when ECS reads the network for the caller', () => {
    const text = (what: string) =>
      `Error retrieving ${what} information for [x-1]: You are not authorized to perform this operation. (ErrorCode: UnauthorizedOperation)`;
    const actions = ['subnet', 'security group', 'network interface'].map((what) => {
      const error = awsError('InvalidParameterException', text(what));
      noteCall(error, { operation: 'ecs:RunTask', region: 'eu-west-1' });
      return accessDenialOf(error)?.action;
    });

    expect(actions).to.deep.equal([
      'ec2:DescribeSubnets',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeNetworkInterfaces',
    ]);
  });

  it('reads the policy with an explicit deny', () => {
    const text = `${USER} is not authorized to perform: ecs:TagResource on resource: arn:aws:ecs:eu-west-1:123456789012:task/x/* with an explicit deny in a service control policy`;
    const denial = accessDenialOf(awsError('AccessDeniedException', text));

    expect(denial?.deniedBy).to.equal('service control policy');
    expect(denial && adviceOnDenial(denial)).to.equal(
      'Change the service control policy that denies ecs:TagResource on arn:aws:ecs:eu-west-1:123456789012:task/x/*.',
    );
  });

  it('recognises a denial in the message of another error', () => {
    expect(accessDenialOf(awsError('ClientException', PASS_ROLE))?.action).to.equal('iam:PassRole');
  });

  it('is null for errors that are not about permissions', () => {
    expect(accessDenialOf(awsError('ClientException', 'Container x not found'))).to.equal(null);
    expect(accessDenialOf(new Error('not authorized to perform: s3:GetObject'))).to.equal(null);
  });
});

describe('errors about a missing permission', () => {
  const denied = () => {
    const error = awsError('AccessDeniedException', PASS_ROLE);
    noteCall(error, { operation: 'ecs:RunTask', region: 'eu-west-1' });
    return error;
  };

  it('contain operation, region and permission when a launch is refused', () => {
    const { summary, resolution } = classifyLaunchError(denied(), NO_CONTEXT);

    expect(summary)
      .to.include('The worker lacks the permission iam:PassRole')
      .and.to.include('ecs:RunTask in eu-west-1');
    expect(resolution).to.include(`Allow the worker iam:PassRole on ${ROLE}.`);
  });

  it('contain them when a launch is prepared and when any other call fails', () => {
    expect(adviceOn(denied())).to.include(`Allow the worker iam:PassRole on ${ROLE}.`);
    expect(new AwsCallFailedError(denied()).message)
      .to.include('ecs:RunTask in eu-west-1')
      .and.to.include('Allow the worker iam:PassRole');
  });

  it('end with one full stop whether AWS ends its text with one or not', () => {
    for (const said of ['Rate exceeded', 'Rate exceeded.']) {
      const error = awsError('ThrottlingException', said);

      expect(awsErrorText(error)).to.equal('ThrottlingException: Rate exceeded');
      expect(new AwsCallFailedError(error).message).to.match(/Rate exceeded\. The worker retries it\.$/);
    }
    expect(awsErrorText(awsError('ThrottlingException', 'Wait ...'))).to.equal('ThrottlingException: Wait ...');
  });

  it('are as short with an encoded message as without one', () => {
    const encoded = 'A1b2_-'.repeat(300);
    const error = awsError(
      'UnauthorizedOperation',
      `You are not authorized to perform this operation. ${USER} is not authorized to perform: ec2:DescribeSubnets because no identity-based policy allows the ec2:DescribeSubnets action. Encoded authorization failure message: ${encoded}`,
    );

    expect(accessDenialOf(error)?.action).to.equal('ec2:DescribeSubnets');
    expect(awsErrorText(error)).not.to.include(encoded);
    expect(awsErrorText(error)).to.include('decode-authorization-message');
  });
});
