import { randomUUID } from 'node:crypto';
import { formatIdentifier, startedBy } from '@worker-host/ecs';
import type { LocalAws } from '@worker-host/testing/local-aws';
import { type AliveRun, ATTEMPT_ID } from './alive-run.js';

const LAUNCHES_AT_ONCE = 20;
const FAMILY = 'alive';

/** Starts tasks named as by the worker, directly in the local AWS, without a rate limit. */
export async function launchTasks(aws: LocalAws, count: number): Promise<readonly AliveRun[]> {
  const containerDefinitions = [{ name: 'prefect', image: 'alive', memory: 128 }];
  await call(aws, 'RegisterTaskDefinition', { family: FAMILY, containerDefinitions });
  const runs: AliveRun[] = [];
  const launch = async (): Promise<void> => {
    const flowRunId = randomUUID();
    const answer = await call(aws, 'RunTask', {
      taskDefinition: FAMILY,
      launchType: 'EC2',
      startedBy: startedBy({ flowRunId, attemptId: ATTEMPT_ID, relaunch: 0 }),
      tags: [
        { key: 'prefect.io/flow-run-id', value: flowRunId },
        { key: 'prefect.io/work-pool-name', value: 'alive' },
      ],
    });
    const [task] = (answer as { readonly tasks: readonly { readonly taskArn: string }[] }).tasks;
    runs.push({
      flowRunId,
      infrastructurePid: formatIdentifier({ cluster: 'default', taskArn: task?.taskArn ?? '' }),
    });
  };
  let left = count;
  const launchOn = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await launch();
    }
  };
  await Promise.all(Array.from({ length: LAUNCHES_AT_ONCE }, launchOn));
  return runs;
}

/** Ends the task of a run. */
export async function stopTask(aws: LocalAws, { infrastructurePid }: AliveRun): Promise<void> {
  await call(aws, 'StopTask', { task: taskArnOf(infrastructurePid), reason: 'The benchmark ends it' });
}

/** Returns the task ARN in the identifier of a run's infrastructure. */
export function taskArnOf(infrastructurePid: string): string {
  return infrastructurePid.slice(infrastructurePid.indexOf('::') + 2);
}

async function call(aws: LocalAws, operation: string, input: object): Promise<unknown> {
  const answer = await fetch(aws.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AmazonEC2ContainerServiceV20141113.${operation}`,
      authorization: `AWS4-HMAC-SHA256 Credential=AKIALOCALAWS/20260101/${aws.region}/ecs/aws4_request`,
    },
    body: JSON.stringify(input),
  });
  if (!answer.ok) throw new Error(`${operation} was answered with ${answer.status}: ${await answer.text()}`);
  return await answer.json();
}
