import { parseArn } from '../arn.js';
import type { AwsCallOptions, CallPriority } from '../ecs-api.js';
import { isThrottle } from '../errors/aws-error-facts.js';
import type { AccountBudgets, BucketName, CallBudget, EcsBudgets } from './account-budgets.js';

/** The budgets of one set of clients: separate ones until an ARN reveals the account. */
export class ClientBudgets {
  #budgets: AccountBudgets;
  #account: string | null = null;

  constructor(
    private readonly registry: EcsBudgets,
    private readonly clientsKey: string,
    private readonly region: string,
  ) {
    this.#budgets = registry.ofClients(clientsKey, region);
  }

  /** Learns the account from an ARN that belongs to it. */
  learn(arn: string | undefined): void {
    if (this.#account !== null || !arn) return;
    const account = parseArn(arn)?.account;
    if (!account) return;
    this.#account = account;
    this.#budgets = this.registry.join(this.clientsKey, account, this.region);
  }

  /** Waits for the budget, makes the call, and reports the outcome to the budgets. */
  async call<T>(
    buckets: readonly BucketName[],
    priority: CallPriority,
    options: AwsCallOptions | undefined,
    make: () => Promise<T>,
  ): Promise<T> {
    const used = buckets.map((name) => this.#budgets[name]);
    await acquireAll(used, options?.priority ?? priority, options?.signal);
    try {
      const answer = await make();
      for (const budget of used) budget.accepted();
      return answer;
    } catch (error) {
      for (const budget of used) isThrottle(error) ? budget.throttled() : budget.accepted();
      throw error;
    }
  }
}

async function acquireAll(
  budgets: readonly CallBudget[],
  priority: CallPriority,
  signal: AbortSignal | undefined,
): Promise<void> {
  const held: CallBudget[] = [];
  try {
    for (const budget of budgets) {
      await budget.acquire(priority, signal);
      held.push(budget);
    }
  } catch (error) {
    for (const budget of held) budget.unused();
    throw error;
  }
}
