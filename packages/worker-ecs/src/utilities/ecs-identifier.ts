import { WorkerError } from '@worker-host/core';

/** An identifier without cluster and task. */
export class EcsIdentifierError extends WorkerError {
  readonly code = 'ECS_IDENTIFIER_INVALID';

  constructor(identifier: string, problem: string) {
    super(`Invalid identifier of an ECS task [identifier=${identifier}]: ${problem}. Expected <cluster>::<task ARN>.`, {
      details: { identifier, problem },
    });
  }
}

/** Location of a task: the identifier of a run's infrastructure. */
export interface ECSIdentifier {
  /** Name or ARN. */
  readonly cluster: string;
  readonly taskArn: string;
}

const SEPARATOR = '::';

/** Parses `<cluster>::<task ARN>`, split at the first `::`. @throws EcsIdentifierError */
export function parseIdentifier(identifier: string): ECSIdentifier {
  const at = identifier.indexOf(SEPARATOR);
  if (at < 0) throw new EcsIdentifierError(identifier, `it has no '${SEPARATOR}'`);
  return { cluster: identifier.slice(0, at), taskArn: identifier.slice(at + SEPARATOR.length) };
}

/** Formats what {@link parseIdentifier} parses. */
export function formatIdentifier({ cluster, taskArn }: ECSIdentifier): string {
  return `${cluster}${SEPARATOR}${taskArn}`;
}

/** Returns the identifier of a task: with the configured name of its cluster, if that is the cluster it is in. */
export function identifierOf(taskArn: string, clusterArn: string, configured: string | null): string {
  const isConfigured = Boolean(configured) && (clusterArn === configured || clusterArn.endsWith(`/${configured}`));
  return formatIdentifier({ cluster: isConfigured && configured ? configured : clusterArn, taskArn });
}
