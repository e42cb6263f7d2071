import { settle, workerContract } from '@worker-host/testing';
import { ECS_TOKENS } from '../src/ecs-tokens.js';
import { plugin } from '../src/plugin.js';
import { parseStartedBy } from '../src/task-run/launch-token.js';
import type { TaskRunPreparer } from '../src/task-run/launch-types.js';
import { TaskRunRequestError } from '../src/task-run/task-run-errors.js';
import { FakeAccounts } from './support/accounts.js';
import { aConfiguration, aPreparedTaskRun } from './support/builders.js';
import { anEcsWorker } from './support/ecs-container.js';
import { FakeClock } from './support/fake-clock.js';
import { awsError } from './support/fake-ecs.js';

const BROKEN = 'broken';
const STEP_MS = 1_000;
const HANG_UP = awsError('TimeoutError', 'socket hang up', { $metadata: {} });
const EXPIRED = awsError('ExpiredTokenException', 'The security token included in the request is expired');

/** The job's exit code is encoded in the name of its container; -1: it is held. */
const preparer: TaskRunPreparer = {
  async prepare(configuration) {
    const { containerName } = configuration;
    if (containerName === BROKEN) {
      const problem = { path: 'cpu', expected: 'a size', found: 'none', suggestion: null };
      throw new TaskRunRequestError([problem]);
    }
    const prepared = aPreparedTaskRun();
    const tags = [{ key: 'prefect.io/work-pool-name', value: 'ecs-pool' }];
    return { ...prepared, request: { ...prepared.request, tags, exitCode: Number(containerName) } };
  },
  async prewarm() {},
};

workerContract({
  runner: { describe, it, before, after },
  plugin,
  arrange: () => {
    const clock = new FakeClock();
    const aws = new FakeAccounts(clock);
    const ecs = aws.ecsOf('123456789012', 'us-east-1');
    const tasksOf = (flowRunId: string) =>
      [...ecs.tasks.values()].filter(({ startedBy }) => parseStartedBy(startedBy)?.flowRunId === flowRunId);
    const endTask = (taskArn: string, exitCode: number, stopCode = 'EssentialContainerExited'): void => {
      if (ecs.tasks.get(taskArn)?.lastStatus !== 'STOPPED') ecs.end(taskArn, exitCode, { stopCode });
    };
    /** Advances ECS: jobs start and end, and stopped tasks stop. */
    const live = (): void => {
      for (const call of ecs.calls) {
        if (call.operation !== 'runTask') continue;
        const { startedBy, exitCode } = call.input as { readonly startedBy: string; readonly exitCode: number };
        const [task] = [...ecs.tasks.values()].filter((each) => each.startedBy === startedBy);
        if (!task?.taskArn) continue;
        if (task.lastStatus === 'PROVISIONING') ecs.step(task.taskArn, { lastStatus: 'RUNNING' });
        if (exitCode >= 0) endTask(task.taskArn, exitCode);
        if (task.desiredStatus === 'STOPPED') endTask(task.taskArn, 143, 'UserInitiated');
      }
    };
    const failing = (error: Error) => {
      aws.failures.set('', error);
      return () => aws.failures.clear();
    };
    return {
      createWorker: () =>
        anEcsWorker({
          clock,
          options: { environment: { PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_ENABLED: 'false' } },
          parts: [
            [ECS_TOKENS.AwsClients, aws],
            [ECS_TOKENS.TaskRunPreparer, preparer],
          ],
        }),
      configurationFor: (job, flowRunId) =>
        aConfiguration({
          containerName: job.kind === 'ends' ? String(job.exitCode) : '-1',
          labels: { 'prefect.io/flow-run-id': flowRunId, 'prefect.io/work-pool-name': 'ecs-pool' },
        }),
      brokenConfiguration: () => aConfiguration({ containerName: BROKEN }),
      release: (flowRunId) => {
        for (const { taskArn = '' } of tasksOf(flowRunId)) endTask(taskArn, 0);
      },
      launchesOf: (flowRunId) => tasksOf(flowRunId).length,
      unknownPid: 'analytics::arn:aws:ecs:us-east-1:123456789012:task/analytics/0123',
      outage: () => failing(HANG_UP),
      withoutAccess: () => failing(EXPIRED),
      ignoreNextStop: (flowRunId) => {
        for (const { taskArn = '' } of tasksOf(flowRunId)) ecs.deafTo.add(taskArn);
      },
      letTimePass: async () => {
        live();
        await settle();
        await clock.advance(STEP_MS);
      },
      dispose: () => {},
    };
  },
});
