import { randomUUID } from 'node:crypto';
import { formatIdentifier, startedBy } from '@worker-host/ecs';
import { ATTEMPT_ID } from './alive-run.js';
const LAUNCHES_AT_ONCE = 20;
const FAMILY = 'alive';
/** Starts tasks as the worker names them, straight at the local AWS, so that no rate has to be kept. */
export async function launchTasks(aws, count) {
    const containerDefinitions = [{ name: 'prefect', image: 'alive', memory: 128 }];
    await call(aws, 'RegisterTaskDefinition', { family: FAMILY, containerDefinitions });
    const runs = [];
    const launch = async () => {
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
        const [task] = answer.tasks;
        runs.push({
            flowRunId,
            infrastructurePid: formatIdentifier({ cluster: 'default', taskArn: task?.taskArn ?? '' }),
        });
    };
    let left = count;
    const launchOn = async () => {
        while (left > 0) {
            left -= 1;
            await launch();
        }
    };
    await Promise.all(Array.from({ length: LAUNCHES_AT_ONCE }, launchOn));
    return runs;
}
/** Ends the task of a run. */
export async function stopTask(aws, { infrastructurePid }) {
    await call(aws, 'StopTask', { task: taskArnOf(infrastructurePid), reason: 'The benchmark ends it' });
}
/** The ARN of what a run's infrastructure is named by. */
export function taskArnOf(infrastructurePid) {
    return infrastructurePid.slice(infrastructurePid.indexOf('::') + 2);
}
async function call(aws, operation, input) {
    const answer = await fetch(aws.url, {
        method: 'POST',
        headers: {
            'content-type': 'application/x-amz-json-1.1',
            'x-amz-target': `AmazonEC2ContainerServiceV20141113.${operation}`,
            authorization: `AWS4-HMAC-SHA256 Credential=AKIALOCALAWS/20260101/${aws.region}/ecs/aws4_request`,
        },
        body: JSON.stringify(input),
    });
    if (!answer.ok)
        throw new Error(`${operation} was answered with ${answer.status}: ${await answer.text()}`);
    return await answer.json();
}
//# sourceMappingURL=local-tasks.js.map