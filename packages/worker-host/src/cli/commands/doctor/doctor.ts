import type { Finding } from '@worker-host/core';
import type { Command } from 'commander';
import type { HostSettings } from '../../../configuration/host-settings.js';
import { loadPlugins } from '../../../plugins/load-plugins.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { exitCodeOfFindings, isFailed, renderFindings } from '../../findings.js';
import { checkHome, checkNode, checkVariables, findingsOfSettings } from './machine-checks.js';
import { checkControlPlane } from './pool-checks.js';

export function doctorCommand(context: CommandContext): Command {
  const command = newCommand(
    'doctor',
    'Checks what a worker needs: the machine, the settings, the control plane, and with --pool the infrastructure that ' +
      'the runs of a pool use. It reads only. What the rights at hand do not allow is not checked, which is no fault. ' +
      'Exit code 14: something keeps runs from working; 13: something is at risk.',
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
    ['worker-host doctor --pool mine', 'and the infrastructure of a pool'],
    ['worker-host doctor --pool mine --json', 'for scripts: check, status, what was found, what to do'],
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
