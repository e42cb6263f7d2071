import { stringifyJson } from '@worker-host/core';
import type { Command } from 'commander';
import { withoutNamedSecrets } from '../../../configuration/secret-names.js';
import { safeText } from '../../../logging/safe-text.js';
import type { DeploymentView } from '../../../orchestrators/embedded/administration-types.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { describeLimit } from '../../input/limit-options.js';
import { describePolicy } from '../../input/policy-options.js';
import { describeSchedule } from '../../output/describe-schedule.js';
import { renderFacts } from '../../output/text-table.js';

export function deploymentInspectCommand(context: CommandContext): Command {
  const command = newCommand('inspect', 'Shows a deployment.')
    .argument('<name>', 'name of the deployment')
    .addOption(jsonOption())
    .action((name: string, options: { json?: boolean }) =>
      withEmbeddedPool(context, command, 'Use `prefect deployment inspect`', async (administration) => {
        const deployment = await administration.readDeployment(name);
        if (options.json) return context.json(deployment);
        context.say(
          renderFacts([
            ['name', deployment.name],
            ['id', deployment.id],
            ['pool', deployment.workPoolName],
            ['queue', deployment.workQueueName ?? '-'],
            ['status', deployment.isPaused ? 'paused' : 'active'],
            ['schedules', deployment.schedules.map(describeSchedule).join('; ') || 'none'],
            ['priority', String(deployment.priority)],
            ...limitsOf(deployment),
            ['job variables', safeText(stringifyJson(withoutNamedSecrets(deployment.jobVariables)))],
            ['parameters', safeText(stringifyJson(withoutNamedSecrets(deployment.parameters)))],
            ['tags', safeText(deployment.tags.join(', '))],
          ]),
        );
      }),
    );
  return addExamples(command, [['worker-host deployment inspect nightly', 'what it runs, and when']]);
}

function limitsOf({ limit, concurrency, policy }: DeploymentView): readonly (readonly [string, string])[] {
  return [
    ...(limit === null ? [] : [['limit', describeLimit(limit)] as const]),
    ...(concurrency === null ? [] : [['concurrency key', concurrency.key] as const]),
    ...(policy === null ? [] : describePolicy(policy)),
  ];
}
