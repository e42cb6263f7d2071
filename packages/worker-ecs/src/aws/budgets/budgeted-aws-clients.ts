import { type Clock, TOKENS } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { ECS_TOKENS } from '../../ecs-tokens.js';
import type { AwsClients, AwsClientsProvider } from '../aws-clients.js';
import type { AwsCredentialsValue } from '../aws-credentials-value.js';
import type { EcsBudgets } from './account-budgets.js';
import { BudgetedEcsApi } from './budgeted-ecs-api.js';
import { BudgetedLogsApi } from './budgeted-logs-api.js';
import { ClientBudgets } from './client-budgets.js';

/** Clients whose calls respect AWS's rate limits, shared by all credentials of an account. */
@injectable()
export class BudgetedAwsClientsProvider implements AwsClientsProvider {
  readonly #made = new WeakMap<AwsClients, AwsClients>();

  constructor(
    @inject(ECS_TOKENS.AwsClientFactory) private readonly inner: AwsClientsProvider,
    @inject(TOKENS.Clock) private readonly clock: Clock,
    @inject(ECS_TOKENS.Budgets) private readonly budgets: EcsBudgets,
  ) {}

  async clientsFor(credentials: AwsCredentialsValue | null, regionName?: string | null): Promise<AwsClients> {
    const clients = await this.inner.clientsFor(credentials, regionName);
    const known = this.#made.get(clients);
    if (known) return known;
    const budgets = new ClientBudgets(this.budgets, clients.key, clients.region);
    const budgeted: AwsClients = {
      ...clients,
      ecs: new BudgetedEcsApi(clients.ecs, budgets, this.clock),
      logs: new BudgetedLogsApi(clients.logs, budgets, this.clock),
    };
    this.#made.set(clients, budgeted);
    return budgeted;
  }

  close(): void {
    this.inner.close();
  }

  dispose(): void {
    this.close();
  }
}
