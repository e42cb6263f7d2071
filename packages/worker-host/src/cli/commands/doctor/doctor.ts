import type { Finding } from '@worker-host/core';
import type { Command } from 'commander';
import type { HostSettings } from '../../../configuration/resolve-host-settings.js';
import { loadPlugins } from '../../../plugins/load-plugins.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { exitCodeOfFindings, isFailed, renderFindings } from '../../output/findings.js';
import { checkHome, checkNode, checkVariables, findingsOfSettings } from './machine-checks.js';
import { checkControlPlane } from './pool-checks.js';

export function doctorCommand(context: CommandContext): Command {
  const command = newCommand(
    'doctor',
    'Checks the machine, the settings and the control plane, and with --pool the infrastructure that the runs of the pool ' +
      'use. It is read-only. Checks that lack a permission are skipped. ' +
      'Exit code 14: a problem prevents runs from working; 13: warnings only.',
  )
    .option('-p, --pool <pool>', 'the pool whose infrastructure is checked (WORKER_HOST_POOL)')
    .addOption(jsonOption())
    .action(async (options: { json?: boolean }) => {
      const findings = await examine(context, command);
      context.exitCode = exitCodeOfFindings(findings);
      if (options.json) return context.json({ findings });
      context.say(renderFindings(findings, context.styles));
    });
  return addExamples(command, [
    ['worker-host doctor', 'the machine, the settings and the control plane'],
    ['worker-host doctor --pool mine', 'also the infrastructure of a pool'],
    ['worker-host doctor --pool mine --json', 'for scripts: check, status, finding, next step'],
  ]);
}

async function examine(context: CommandContext, command: Command): Promise<readonly Finding[]> {
  const node = checkNode(context.io.nodeVersion);
  let settings: HostSettings;
  try {
    settings = await context.settings(command);
  } catch (error) {
    return [node, ...findingsOfSettings(error)];
  }
  const home = checkHome(settings.home);
  const variables = checkVariables(context.io.environment, await namesOfPlugins(context, settings));
  return [node, ...variables, ...home, ...(home.some(isFailed) ? [] : await checkControlPlane(context, settings))];
}

/** Null: a plugin cannot be loaded, so that its names are not known. */
async function namesOfPlugins({ io }: CommandContext, settings: HostSettings): Promise<readonly string[] | null> {
  const { workingDirectory, environment } = io;
  const registry = await loadPlugins({ specifiers: settings.get('plugin') ?? [], workingDirectory }).catch(() => null);
  if (registry === null || registry.failures.length > 0) return null;
  return registry.plugins.flatMap(({ plugin }) => plugin.settings?.(environment) ?? []).map(({ name }) => name);
}
