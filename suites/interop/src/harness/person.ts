import type { LocalAws } from '@worker-host/testing/local-aws';

/** Stops a task as a user does in AWS's console. */
export async function stopTask(aws: LocalAws, task: string | undefined): Promise<void> {
  const credential = `ANY/20260101/${aws.region}/ecs/aws4_request`;
  const answer = await fetch(aws.url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': 'AmazonEC2ContainerServiceV20141113.StopTask',
      Authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=any`,
    },
    body: JSON.stringify({ cluster: 'default', task, reason: 'A person stopped it' }),
  });
  if (!answer.ok) throw new Error(`StopTask: ${await answer.text()}`);
}
