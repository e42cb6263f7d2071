/** Makes and reads the ARNs of one account in one region. */
export class EcsArns {
  readonly account: string;
  readonly region: string;

  constructor(account: string, region: string) {
    this.account = account;
    this.region = region;
  }

  of(resource: string): string {
    return `arn:aws:ecs:${this.region}:${this.account}:${resource}`;
  }

  cluster(name: string): string {
    return this.of(`cluster/${name}`);
  }

  taskDefinition(family: string, revision: number): string {
    return this.of(`task-definition/${family}:${revision}`);
  }

  task(clusterName: string, id: string): string {
    return this.of(`task/${clusterName}/${id}`);
  }
}

/** What stands behind `prefix/` in an ARN, or the text itself when it is no ARN: a name from a name or an ARN. */
export function nameFromArn(text: string, prefix: string): string {
  if (!text.startsWith('arn:')) return text;
  const resource = text.split(':').slice(5).join(':');
  return resource.startsWith(`${prefix}/`) ? resource.slice(prefix.length + 1) : resource;
}
