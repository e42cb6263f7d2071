import type { Clock, Deployed } from '@worker-host/core';
import { type AwsQuery, listIn, objectIn, type QueryValues, textIn } from '../aws/aws-query.js';
import { DeploymentRefusedError, StackConflictError, StackNotFoundError } from './deployment-errors.js';

/** Marks the stacks that are ours; its value is the kind. */
const KIND_TAG = 'worker-host:kind';
const PAUSE_MS = 2_000;
const LONGEST_WAIT_MS = 30 * 60_000;
const NO_CHANGES = /didn't contain changes|No updates are to be performed/i;

/** A stack that is to be made or changed. */
export interface StackOrder {
  readonly name: string;
  readonly kind: string;
  readonly template: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The stacks of CloudFormation that are ours, in one account and region. */
export class Stacks {
  constructor(
    private readonly query: AwsQuery,
    private readonly clock: Pick<Clock, 'nowMs' | 'sleep'>,
  ) {}

  async list(): Promise<readonly Deployed[]> {
    const found: Deployed[] = [];
    let NextToken = '';
    do {
      const answer = await this.query.call('cloudformation', 'DescribeStacks', NextToken === '' ? {} : { NextToken });
      found.push(...listIn(answer, 'Stacks').flatMap((stack) => deployedOf(stack) ?? []));
      NextToken = textIn(answer, 'NextToken');
    } while (NextToken !== '');
    return found;
  }

  /**
   * Creates a change set, and carries it out unless it is a dry run, which leaves nothing behind.
   *
   * @throws StackConflictError, DeploymentRefusedError
   */
  async deploy(order: StackOrder, isDryRun: boolean): Promise<readonly string[]> {
    const { name } = order;
    const stack = await this.#find(name);
    const isNew = stack === null || textIn(stack, 'StackStatus') === 'REVIEW_IN_PROGRESS';
    const before = stack === null ? null : deployedOf(stack);
    if (!isNew && before?.kind !== order.kind) throw new StackConflictError(name, before?.kind ?? null);
    if (stack !== null && textIn(stack, 'StackStatus') === 'ROLLBACK_COMPLETE')
      throw new DeploymentRefusedError(
        name,
        `its creation was rolled back, after which it can only be deleted: worker-host deploy delete ${name}`,
      );
    const change = { StackName: name, ChangeSetName: `worker-host-${this.clock.nowMs()}` };
    try {
      await this.query.call('cloudformation', 'CreateChangeSet', {
        ...change,
        ChangeSetType: isNew ? 'CREATE' : 'UPDATE',
        TemplateBody: order.template,
        Parameters: parametersOf(order, isNew ? [] : listIn(stack, 'Parameters')),
        Capabilities: ['CAPABILITY_IAM'],
        Tags: [{ Key: KIND_TAG, Value: order.kind }],
      });
      const changes = await this.#apply(change, isDryRun).catch(async (error: unknown) => {
        await this.#drop(change, stack === null).catch(() => undefined);
        throw error;
      });
      if (isDryRun || changes.length === 0) await this.#drop(change, stack === null);
      else await this.#settled(name);
      return changes;
    } catch (error) {
      if (error instanceof DeploymentRefusedError) throw error;
      if (error instanceof Error && NO_CHANGES.test(error.message)) return [];
      throw DeploymentRefusedError.of(name, error);
    }
  }

  /** @throws StackNotFoundError, DeploymentRefusedError */
  async delete(name: string): Promise<void> {
    const stack = await this.#find(name);
    if (stack === null || deployedOf(stack) === null) throw new StackNotFoundError(name);
    await this.query.call('cloudformation', 'DeleteStack', { StackName: name });
    await this.#settled(name);
  }

  /** Begins to make the changes of a change set, unless it is a dry run. */
  async #apply(change: { readonly StackName: string }, isDryRun: boolean): Promise<readonly string[]> {
    const changes = await this.#changesOf(change);
    if (!isDryRun && changes.length > 0) await this.query.call('cloudformation', 'ExecuteChangeSet', change);
    return changes;
  }

  async #changesOf(change: { readonly StackName: string }): Promise<readonly string[]> {
    const described = await this.#until(
      () => this.query.call('cloudformation', 'DescribeChangeSet', change),
      (answer) => !/PENDING|IN_PROGRESS/.test(textIn(answer, 'Status')),
    );
    const reason = textIn(described, 'StatusReason');
    if (textIn(described, 'Status') === 'FAILED') {
      if (NO_CHANGES.test(reason)) return [];
      throw new DeploymentRefusedError(change.StackName, reason);
    }
    return listIn(described, 'Changes').map((each) => inWords(objectIn(each.ResourceChange)));
  }

  /** A change set of a stack that was not there leaves an empty one in review. */
  async #drop(
    change: { readonly StackName: string; readonly ChangeSetName: string },
    wasMissing: boolean,
  ): Promise<void> {
    await this.query.call('cloudformation', 'DeleteChangeSet', change);
    if (wasMissing) await this.query.call('cloudformation', 'DeleteStack', { StackName: change.StackName });
  }

  /** Waits for the operation in progress to end. @throws DeploymentRefusedError where it was rolled back */
  async #settled(name: string): Promise<void> {
    const stack = await this.#until(
      () => this.#find(name),
      (found) => found === null || !textIn(found, 'StackStatus').endsWith('_IN_PROGRESS'),
    );
    const status = stack === null ? 'DELETE_COMPLETE' : textIn(stack, 'StackStatus');
    if (['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'DELETE_COMPLETE'].includes(status)) return;
    throw new DeploymentRefusedError(name, `${status}: ${await this.#firstFailure(name)}`);
  }

  async #firstFailure(name: string): Promise<string> {
    const answer = await this.query.call('cloudformation', 'DescribeStackEvents', { StackName: name });
    const failed = listIn(answer, 'StackEvents').filter((event) => textIn(event, 'ResourceStatus').endsWith('_FAILED'));
    const first = failed.at(-1);
    return first === undefined
      ? 'no event names the cause'
      : `${textIn(first, 'LogicalResourceId')}: ${textIn(first, 'ResourceStatusReason')}`;
  }

  /** Null: there is no such stack. */
  async #find(name: string): Promise<QueryValues | null> {
    try {
      const answer = await this.query.call('cloudformation', 'DescribeStacks', { StackName: name });
      const [stack = null] = listIn(answer, 'Stacks');
      return stack === null || textIn(stack, 'StackStatus') === 'DELETE_COMPLETE' ? null : stack;
    } catch (error) {
      if (error instanceof Error && /does not exist/.test(error.message)) return null;
      throw error;
    }
  }

  async #until<T>(look: () => Promise<T>, isOver: (answer: T) => boolean): Promise<T> {
    const endMs = this.clock.nowMs() + LONGEST_WAIT_MS;
    for (;;) {
      const answer = await look();
      if (isOver(answer) || this.clock.nowMs() > endMs) return answer;
      await this.clock.sleep(PAUSE_MS);
    }
  }
}

/** Given values, and for a stack that exists the values of all others. */
function parametersOf({ parameters }: StackOrder, existing: readonly QueryValues[]): readonly QueryValues[] {
  const kept = existing.map((each) => textIn(each, 'ParameterKey')).filter((key) => !Object.hasOwn(parameters, key));
  return [
    ...Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
    ...kept.map((ParameterKey) => ({ ParameterKey, UsePreviousValue: true })),
  ];
}

/** Null: it is not ours. */
function deployedOf(stack: QueryValues): Deployed | null {
  const tags = new Map(listIn(stack, 'Tags').map((tag) => [textIn(tag, 'Key'), textIn(tag, 'Value')]));
  const kind = tags.get(KIND_TAG);
  if (kind === undefined) return null;
  const outputs = listIn(stack, 'Outputs').map((each) => [textIn(each, 'OutputKey'), textIn(each, 'OutputValue')]);
  return {
    name: textIn(stack, 'StackName'),
    kind,
    status: textIn(stack, 'StackStatus'),
    outputs: Object.fromEntries(outputs),
  };
}

function inWords(change: QueryValues): string {
  const action =
    { Add: 'Creates', Modify: 'Changes', Remove: 'Deletes' }[textIn(change, 'Action')] ?? textIn(change, 'Action');
  const replaces = textIn(change, 'Replacement') === 'True' ? ', which is replaced' : '';
  return `${action} ${textIn(change, 'LogicalResourceId')} (${textIn(change, 'ResourceType')})${replaces}.`;
}
