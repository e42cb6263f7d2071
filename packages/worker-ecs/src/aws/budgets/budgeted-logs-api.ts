import type { Clock } from '@worker-host/core';
import type { AwsCallOptions } from '../ecs-api.js';
import type { FilterLogEventsInput, GetLogEventsInput, LogsApi } from '../logs-api.js';
import type { ClientBudgets } from './client-budgets.js';
import { patientCall } from './patient-call.js';

/** CloudWatch Logs within AWS's rate limits. */
export class BudgetedLogsApi implements LogsApi {
  constructor(
    private readonly inner: LogsApi,
    private readonly budgets: ClientBudgets,
    private readonly clock: Clock,
  ) {}

  getLogEvents(input: GetLogEventsInput, options?: AwsCallOptions): ReturnType<LogsApi['getLogEvents']> {
    return patientCall(this.clock, options?.signal, () =>
      this.budgets.call(['logsRead'], 'watch', options, () => this.inner.getLogEvents(input, options)),
    );
  }

  filterLogEvents(input: FilterLogEventsInput, options?: AwsCallOptions): ReturnType<LogsApi['filterLogEvents']> {
    return patientCall(this.clock, options?.signal, () =>
      this.budgets.call(['logsFilter'], 'watch', options, () => this.inner.filterLogEvents(input, options)),
    );
  }
}
