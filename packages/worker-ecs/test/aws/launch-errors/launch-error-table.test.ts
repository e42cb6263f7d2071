import { expect } from 'chai';
import {
  classifyLaunchError,
  classifyLaunchFailure,
  NO_CONTEXT,
} from '../../../src/aws/launch-errors/classify-launch-error.js';
import { LAUNCH_ERROR_TABLE } from '../../../src/aws/launch-errors/launch-error-table.js';
import { awsError } from '../../support/fake-ecs.js';

const CONTEXT = { ...NO_CONTEXT, launchType: 'EC2', configuresLogs: true, cluster: 'analytics' };

describe('LAUNCH_ERROR_TABLE', () => {
  for (const row of LAUNCH_ERROR_TABLE) {
    it(`recognises ${row.code} by AWS's own text`, () => {
      const { name, message } = row.example;

      const classified =
        row.arrives === 'error'
          ? classifyLaunchError(awsError(name ?? 'Error', message), CONTEXT)
          : classifyLaunchFailure({ reason: message }, CONTEXT);

      expect(classified).to.include({ code: row.code, class: row.class });
      expect(classified.summary).to.include(message.replace(/\.$/, ''));
      expect(classified.resolution).not.to.equal('');
    });
  }

  it('has unique codes', () => {
    const codes = LAUNCH_ERROR_TABLE.map(({ code }) => code);

    expect(new Set(codes).size).to.equal(codes.length);
  });
});

describe('classifyLaunchError', () => {
  it('recognises throttling in the message of another error', () => {
    for (const text of [
      'Error retrieving subnet information: Rate exceeded',
      'failed to validate logger args: ThrottlingException',
      'Request limit exceeded.',
    ]) {
      expect(classifyLaunchError(awsError('InvalidParameterException', text)).class, text).to.equal('throttle');
    }
  });

  it('treats errors without a response as launches that may have happened', () => {
    const errors = [
      Object.assign(new Error('read ECONNRESET'), { name: 'Error', code: 'ECONNRESET' }),
      Object.assign(new Error('x'), { name: 'TimeoutError' }),
      Object.assign(new Error('x'), { name: 'SomeException', $metadata: { httpStatusCode: 503 } }),
      Object.assign(new Error('Unexpected token <'), { name: 'SyntaxError', $metadata: { httpStatusCode: 502 } }),
    ];

    for (const error of errors) expect(classifyLaunchError(error).class, error.name).to.equal('maybe-committed');
  });

  it('uses the texts about instances and logs only where they apply', () => {
    const onFargate = classifyLaunchError(
      awsError('InvalidParameterException', 'No Container Instances were found in your cluster.'),
      { ...CONTEXT, launchType: 'FARGATE' },
    );
    const ownLogs = classifyLaunchError(
      awsError('ClientException', 'failed to validate logger args: AccessDeniedException'),
      { ...CONTEXT, configuresLogs: false },
    );

    expect(onFargate).to.include({ code: 'refused', class: 'permanent' });
    expect(onFargate.summary).to.include('No Container Instances');
    expect(ownLogs.code).to.equal('refused');
    expect(ownLogs.summary).to.include('failed to validate logger args');
  });

  it('names cluster, role and definition', () => {
    const context = { ...CONTEXT, executionRoleArn: 'arn:role', taskDefinitionArn: 'arn:def', cluster: 'gone' };

    expect(classifyLaunchError(awsError('ClusterNotFoundException', 'x'), context).summary).to.include("'gone'");
    expect(
      classifyLaunchError(awsError('ClientException', 'failed to validate logger args: AccessDeniedException'), context)
        .summary,
    ).to.include('arn:role');
    expect(classifyLaunchError(awsError('ClientException', 'TaskDefinition is inactive'), context).summary).to.include(
      'arn:def',
    );
  });

  it('retries unknown errors a few times', () => {
    expect(classifyLaunchError(awsError('NewException', 'something new'))).to.include({
      code: 'unknown',
      class: 'settling',
    });
  });
});
