import { InfrastructureNotAvailable, InfrastructureNotFound } from '@worker-host/core';
import type { AwsClients } from '../aws/aws-clients.js';
import { awsErrorFacts } from '../aws/aws-error-facts.js';
import { EcsIdentifierError, parseIdentifier } from '../utilities/ecs-identifier.js';

/**
 * Asks ECS to stop a task. ECS sends SIGTERM, and SIGKILL after the container's `stopTimeout`.
 *
 * @throws InfrastructureNotFound when ECS does not know the task (any more); InfrastructureNotAvailable when its
 * cluster is not there; EcsIdentifierError.
 */
export async function stopTask(clients: Pick<AwsClients, 'ecs'>, identifier: string, reason: string): Promise<void> {
  const { cluster, taskArn } = parseIdentifier(identifier);
  if (cluster === '') throw new EcsIdentifierError(identifier, 'it names no cluster');
  try {
    await clients.ecs.stopTask({ cluster, task: taskArn, reason }, { priority: 'stop' });
  } catch (error) {
    const { name, message } = awsErrorFacts(error);
    if (name === 'InvalidParameterException' && /task was not found/i.test(message)) {
      throw new InfrastructureNotFound(identifier, `ECS does not know the task in cluster '${cluster}'`, {
        cause: error,
      });
    }
    if (name === 'ClusterNotFoundException') {
      const why = `ECS cluster '${cluster}' was not found in this account and region`;
      throw new InfrastructureNotAvailable(identifier, why, { cause: error });
    }
    throw error;
  }
}
