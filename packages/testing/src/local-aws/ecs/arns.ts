import { arnOf, partitionOf } from '../server/arn.js';
import { invalidParameter } from '../server/aws-error.js';

/** Creates and parses the ARNs of one account in one region. */
export class EcsArns {
  readonly account: string;
  readonly region: string;

  constructor(account: string, region: string) {
    this.account = account;
    this.region = region;
  }

  of(resource: string): string {
    return arnOf('ecs', this.region, this.account, resource);
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

  capacityProvider(name: string): string {
    return this.of(`capacity-provider/${name}`);
  }

  /**
   * Returns the resource that a text names: the part after `prefix/` in an ARN, otherwise the text itself.
   *
   * @throws AwsError InvalidParameterException if the ARN is of another region or account, with the message that public
   * reports quote.
   */
  nameOf(text: string, prefix: string): string {
    if (!text.startsWith('arn:')) return text;
    const resource = this.resourceOf(text);
    return resource.startsWith(`${prefix}/`) ? resource.slice(prefix.length + 1) : resource;
  }

  /** Returns the resource part of an ARN of this account and region. Throws like {@link nameOf}. */
  resourceOf(arn: string): string {
    const [, partition, , region, account, ...resource] = arn.split(':');
    if (region !== this.region || partition !== partitionOf(this.region)) {
      throw invalidParameter('Invalid Region in ARN');
    }
    if (account !== this.account) {
      throw invalidParameter(`Identifier is for ${account}. Your accountId is ${this.account}`);
    }
    return resource.join(':');
  }
}
