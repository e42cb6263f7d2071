/** Parses an ARN of any partition. Null: not an ARN. */
export function parseArn(
  text: string,
): { readonly region: string; readonly account: string; readonly resource: string } | null {
  const match = /^arn:[^:]+:[^:]+:([^:]*):([^:]*):(.+)$/.exec(text);
  return match ? { region: match[1] ?? '', account: match[2] ?? '', resource: match[3] ?? '' } : null;
}

/** Returns the id of a task: the last part of its ARN. */
export function taskIdOf(taskArn: string): string {
  return taskArn.slice(taskArn.lastIndexOf('/') + 1);
}
