import type { RunConfigurations } from './run-configuration.js';
import type { RunKiller } from './run-killer.js';
import type { RunReporter } from './run-reporter.js';

/** What a life is made of besides the host's own parts. */
export interface LifecycleTools {
  readonly configurations: RunConfigurations;
  readonly killer: RunKiller;
  readonly reporter: RunReporter;
}
