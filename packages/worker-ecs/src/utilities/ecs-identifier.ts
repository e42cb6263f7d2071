import { WorkerError } from '@worker-host/core';

/** An identifier that names no cluster and task. */
export class EcsIdentifierError extends WorkerError {
  readonly code = 'ECS_IDENTIFIER_INVALID';

  constructor(identifier: string, problem: string) {
    super(`Invalid identifier of an ECS task [identifier=${identifier}]: ${problem}. Expected <cluster>::<task ARN>.`, {
      details: { identifier, problem },
    });
  }
}

/** Where a task is: what a run's infrastructure is named by. */
export interface ECSIdentifier {
  /** Name or ARN. */
  readonly cluster: string;
  readonly taskArn: string;
}

const SEPARATOR = '::';

/** Reads `<cluster>::<task ARN>`, split at the first `::`. @throws EcsIdentifierError */
export function parseIdentifier(identifier: string): ECSIdentifier {
  const at = identifier.indexOf(SEPARATOR);
  if (at < 0) throw new EcsIdentifierError(identifier, `it has no '${SEPARATOR}'`);
  return { cluster: identifier.slice(0, at), taskArn: identifier.slice(at + SEPARATOR.length) };
}

/** Writes what {@link parseIdentifier} reads. */
export function formatIdentifier({ cluster, taskArn }: ECSIdentifier): string {
  return `${cluster}${SEPARATOR}${taskArn}`;
}

/** The identifier of a task: by the configured name of its cluster, where that is the cluster it is in. */
export function identifierOf(taskArn: string, clusterArn: string, configured: string | null): string {
  const isConfigured = Boolean(configured) && (clusterArn === configured || clusterArn.endsWith(`/${configured}`));
  return formatIdentifier({ cluster: isConfigured && configured ? configured : clusterArn, taskArn });
}
