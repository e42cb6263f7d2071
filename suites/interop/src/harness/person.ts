import type { LocalAws } from '@worker-host/testing/local-aws';

/** Stops a task as a user does in AWS's console. */
export async function stopTask(aws: LocalAws, task: string | undefined): Promise<void> {
  await call(aws, 'StopTask', { cluster: 'default', task, reason: 'A person stopped it' });
}

/** Creates a cluster as a user does in AWS's console. */
export async function createCluster(aws: LocalAws, clusterName: string): Promise<void> {
  await call(aws, 'CreateCluster', { clusterName });
}

async function call(aws: LocalAws, operation: string, input: object): Promise<void> {
  const credential = `ANY/20260101/${aws.region}/ecs/aws4_request`;
  const answer = await fetch(aws.url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': `AmazonEC2ContainerServiceV20141113.${operation}`,
      Authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=any`,
    },
    body: JSON.stringify(input),
  });
  if (!answer.ok) throw new Error(`${operation}: ${await answer.text()}`);
}
