/** Parts of an ARN, of whatever partition. Null: not an ARN. */
export function parseArn(
  text: string,
): { readonly region: string; readonly account: string; readonly resource: string } | null {
  const match = /^arn:[^:]+:[^:]+:([^:]*):([^:]*):(.+)$/.exec(text);
  return match ? { region: match[1] ?? '', account: match[2] ?? '', resource: match[3] ?? '' } : null;
}

/** The id of a task: the last part of its ARN. */
export function taskIdOf(taskArn: string): string {
  return taskArn.slice(taskArn.lastIndexOf('/') + 1);
}
