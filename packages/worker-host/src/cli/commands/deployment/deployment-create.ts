import type { Command } from 'commander';
import type { NewDeployment } from '../../../orchestrators/embedded/deployments/deployments.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand, repeatable } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { assertCommand, jobVariablesOf } from '../../input/job-variables.js';
import { addConcurrencyOptions, type ConcurrencyOptions, concurrencyRuleOf } from '../../input/limit-options.js';
import { addPolicyOptions, type PolicyOptions, policyOf } from '../../input/policy-options.js';
import { addScheduleOptions, type ScheduleOptions, schedulesOf } from '../../input/schedule-options.js';
import { parseAssignments, parseCount } from '../../input/values.js';

export function deploymentCreateCommand(context: CommandContext): Command {
  const command = newCommand(
    'create',
    'Creates a deployment: a named job. The command of the job follows `--`. Replaces a deployment of the same name.',
  )
    .argument('<name>', 'name of the deployment')
    .requiredOption('-p, --pool <pool>', 'the pool of its runs')
    .option('-q, --work-queue <queue>', 'the queue of the pool; default: default')
    .addOption(repeatable('--job-variable <name=value>', 'a job variable; the value is JSON if it parses; repeatable'))
    .addOption(repeatable('--param <name=value>', 'a parameter; the value is JSON if it parses; repeatable'))
    .addOption(repeatable('--tag <tag>', 'a tag of its runs; repeatable'))
    .option('--priority <number>', 'priority of its runs, 1 (most urgent) to 1000; default: 100')
    .addOption(jsonOption())
    .action((name: string, options: Options) =>
      withEmbeddedPool(context, command, 'Use `prefect deploy`', async (administration) => {
        const jobVariables = jobVariablesOf(options.jobVariable ?? [], context.jobWords);
        assertCommand(await administration.readWorkPool(options.pool), jobVariables);
        const isKnown = (await administration.listDeployments()).some((known) => known.name === name);
        const deployment = await administration.createDeployment({
          name,
          workPoolName: options.pool,
          workQueueName: options.workQueue ?? null,
          jobVariables,
          parameters: parseAssignments('--param', options.param ?? []),
          tags: options.tag ?? [],
          schedules: schedulesOf(options),
          ...limitsOf(options),
          policy: policyOf(options),
          priority: options.priority === undefined ? null : parseCount('--priority', options.priority, 1),
        });
        if (options.json) return context.json(deployment);
        context.say(`${isKnown ? 'Replaced' : 'Created'} deployment ${deployment.name} in pool ${options.pool}.`);
        context.note(`Run it with: worker-host run ${deployment.name} --watch`);
      }),
    );
  addScheduleOptions(command);
  addPolicyOptions(command);
  addConcurrencyOptions(command, 'maximum active runs of the deployment, or of the given key; default: none');
  return addExamples(command, [
    ['worker-host deployment create greet --pool mine -- echo hello', 'a job that can be run by name'],
    [
      'worker-host deployment create nightly --pool mine --cron "30 2 * * *" --timezone Europe/Berlin -- ./backup.sh',
      'every night at half past two',
    ],
    [
      'worker-host deployment create poll --pool mine --interval 10m --job-variable \'env={"MODE":"fast"}\' -- ./poll.sh',
      'every ten minutes, with an environment',
    ],
  ]);
}

interface Options extends ConcurrencyOptions, PolicyOptions, ScheduleOptions {
  readonly pool: string;
  readonly workQueue?: string;
  readonly jobVariable?: readonly string[];
  readonly param?: readonly string[];
  readonly tag?: readonly string[];
  readonly priority?: string;
  readonly json?: boolean;
}

/** With a key the limit applies to the key, otherwise to the deployment. */
function limitsOf(options: Options): Pick<NewDeployment, 'limit' | 'concurrency'> {
  const rule = concurrencyRuleOf(options);
  const { concurrencyKey: key } = options;
  if (key !== undefined) return { limit: null, concurrency: { key, rule } };
  return { limit: rule === null ? null : { ...rule, rate: null }, concurrency: null };
}
