import { isLaunchRefused } from '@worker-host/core';
import { expect } from 'chai';
import { noteCall } from '../../src/aws/errors/aws-error-facts.js';
import type { ClassifiedLaunchError } from '../../src/aws/launch-errors/classify-launch-error.js';
import { withOnDemandCapacity } from '../../src/task-run/capacity.js';
import { launchErrorContext } from '../../src/task-run/launch-error-context.js';
import {
  adviceOn,
  failureOf,
  LaunchOutcomeUnknownError,
  LaunchPreparationError,
  PlaceUnknownError,
  PreparationRefusedError,
} from '../../src/task-run/launch-errors.js';
import { aPreparedTaskRun, DEFINITION_ARN } from '../support/builders.js';
import { awsError } from '../support/fake-ecs.js';

const NAME = { flowRunId: 'run-1', attemptId: 'attempt-1', relaunch: 2 };
const CAUSE = awsError('ClientException', 'no such thing');

function classified(errorClass: ClassifiedLaunchError['class']): ClassifiedLaunchError {
  return {
    class: errorClass,
    code: 'row',
    summary: 'It failed',
    resolution: 'Mend it.',
    pattern: null,
    awsText: 'aws',
  };
}

const of = (errorClass: ClassifiedLaunchError['class']) =>
  failureOf(NAME, classified(errorClass), 3, 89.6, CAUSE) as Error & {
    readonly code: string;
    readonly details: Record<string, unknown>;
  };

describe('the error with which a launch is given up', () => {
  it('has a code for the class of the error', () => {
    expect(
      (
        [
          'permanent',
          'definition-gone',
          'settling',
          'capacity',
          'throttle',
          'maybe-committed',
          'already-launched',
        ] as const
      ).map((errorClass) => of(errorClass).code),
    ).to.deep.equal([
      'ECS_LAUNCH_REFUSED',
      'ECS_LAUNCH_REFUSED',
      'ECS_LAUNCH_REFUSED',
      'ECS_CAPACITY_UNAVAILABLE',
      'ECS_LAUNCH_UNANSWERED',
      'ECS_LAUNCH_UNANSWERED',
      'ECS_LAUNCH_OUTCOME_UNKNOWN',
    ]);
    expect(of('not-ready')).to.equal(CAUSE);
    expect(isLaunchRefused(of('throttle'))).to.equal(false);
    expect(isLaunchRefused(of('already-launched'))).to.equal(true);
  });

  it('reports what failed, for which run, after how many attempts, and what to do', () => {
    const facts = { ...NAME, kind: 'row', tries: 3, aws: 'aws' };
    const words = 'It failed [flowRunId=run-1, kind=row, tries=3]. Mend it.';

    expect(of('permanent').message).to.equal(`The task was not launched. ${words}`);
    expect(of('permanent').details).to.deep.equal({ ...facts, class: 'permanent' });
    expect(of('capacity').message).to.equal(`No capacity for the task in 90 s. ${words}`);
    expect(of('capacity').details).to.deep.equal({ ...facts, class: 'capacity', waitedSeconds: 89.6 });
    expect(of('throttle').message).to.equal(
      `RunTask got no response; the launch is retried with the same token. ${words}`,
    );
    expect(of('throttle').details).to.deep.equal({ ...facts, class: 'throttle' });
    expect(of('permanent').cause).to.equal(CAUSE);
  });

  it("reports for an unknown outcome how old it is, and ECS's message, if any", () => {
    const known = of('already-launched');
    const silent = new LaunchOutcomeUnknownError(NAME, 10.4);

    expect(known.message)
      .to.include('ageSeconds=90]')
      .and.to.match(/ ECS says: .*no such thing/);
    expect(known.details).to.deep.equal({ ...NAME, ageSeconds: 89.6 });
    expect(silent.message)
      .to.include('ageSeconds=10]')
      .and.to.match(/Schedule the run again if the job can run twice\.$/);
  });

  it('names the definition whose account is unknown', () => {
    const error = new PlaceUnknownError('etl:1', 'us-east-1');

    expect(error.code).to.equal('ECS_LAUNCH_PLACE_UNKNOWN');
    expect(error.message).to.include('[taskDefinition=etl:1, region=us-east-1]');
    expect(error.details).to.deep.equal({ taskDefinition: 'etl:1', region: 'us-east-1' });
  });

  it("reports AWS's message about a preparation", () => {
    const refused = new PreparationRefusedError('run-1', CAUSE);
    const unanswered = new LaunchPreparationError('run-1', CAUSE, 4, 59.7);

    expect([refused.code, unanswered.code]).to.deep.equal([
      'ECS_LAUNCH_PREPARATION_REFUSED',
      'ECS_LAUNCH_NOT_PREPARED',
    ]);
    expect(refused.message).to.match(/no such thing.* \[flowRunId=run-1\]/);
    expect(unanswered.message).to.include('[flowRunId=run-1, tries=4, seconds=60]');
    expect(refused.details).to.have.keys('flowRunId', 'aws');
    expect(unanswered.details).to.deep.include({ flowRunId: 'run-1', tries: 4, lastedSeconds: 59.7 });
    expect([refused.cause, unanswered.cause]).to.deep.equal([CAUSE, CAUSE]);
  });
});

describe('adviceOn', () => {
  it("depends on AWS's response", () => {
    const denied = awsError('AccessDeniedException', 'not authorized');
    noteCall(denied, { operation: 'ec2:DescribeVpcs', region: 'us-east-1' });

    expect(adviceOn(awsError('ThrottlingException', 'slow'))).to.include('throttles');
    expect(adviceOn(awsError('TimeoutError', 'socket hang up'))).to.include('AWS_ENDPOINT_URL');
    expect(adviceOn(awsError('ExpiredTokenException', 'expired'))).to.include('aws_credentials');
    expect(adviceOn(denied)).to.include('Allow the worker ec2:DescribeVpcs').and.to.include('docs/iam.md');
    expect(adviceOn(CAUSE)).to.equal('Change what the message of AWS names.');
  });
});

describe('launchErrorContext', () => {
  it('contains what request and definition specify', () => {
    const prepared = aPreparedTaskRun({
      request: {
        taskDefinition: DEFINITION_ARN,
        cluster: 'analytics',
        launchType: 'FARGATE',
        capacityProviderStrategy: [{ capacityProvider: 'mine' }, 'no object', { weight: 1 }],
      },
      taskDefinition: { executionRoleArn: 'arn:role' },
      configuresLogs: true,
    });

    expect(launchErrorContext(prepared, 'us-east-1')).to.deep.equal({
      launchType: 'FARGATE',
      configuresLogs: true,
      cluster: 'analytics',
      executionRoleArn: 'arn:role',
      taskDefinitionArn: DEFINITION_ARN,
      capacityProviders: ['mine', 'unnamed'],
      region: 'us-east-1',
      denial: null,
    });
  });

  it('omits what is absent or empty', () => {
    const prepared = aPreparedTaskRun({ request: { cluster: '', launchType: 1 }, taskDefinition: {} });

    expect(launchErrorContext(prepared, null)).to.deep.equal({
      launchType: null,
      configuresLogs: false,
      cluster: null,
      executionRoleArn: null,
      taskDefinitionArn: null,
      capacityProviders: [],
      region: null,
      denial: null,
    });
  });
});

describe('withOnDemandCapacity', () => {
  it('replaces a strategy with Spot by Fargate, and nothing else', () => {
    const spot = {
      cluster: 'c',
      capacityProviderStrategy: [{ capacityProvider: 'FARGATE' }, { capacityProvider: 'FARGATE_SPOT' }],
    };
    const own = { capacityProviderStrategy: [{ capacityProvider: 'mine' }, 'FARGATE_SPOT'] };
    const plain = { launchType: 'EC2' };

    expect(withOnDemandCapacity(spot)).to.deep.equal({ cluster: 'c', launchType: 'FARGATE' });
    expect(withOnDemandCapacity(own)).to.equal(own);
    expect(withOnDemandCapacity(plain)).to.equal(plain);
  });
});
