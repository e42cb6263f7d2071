import { stringifyJson } from '@worker-host/core';
import type { Command } from 'commander';
import { withoutNamedSecrets } from '../../../configuration/secret-names.js';
import type { RunView } from '../../../orchestrators/embedded/administration-types.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { formatDuration } from '../../format.js';
import { withEmbeddedPool } from '../../open-embedded-pool.js';
import { describePolicy } from '../../policy-options.js';
import { readDiagnosis, readExitCode, readPhases } from '../../run-result.js';
import { renderFacts, renderTable } from '../../text-table.js';

export function runsInspectCommand(context: CommandContext): Command {
  const command = newCommand(
    'inspect',
    'Shows a run: its states, phases with their durations, and why it ended as it did.',
  )
    .argument('<run>', 'id, beginning of an id, or name')
    .addOption(jsonOption())
    .action((idOrName: string, options: { json?: boolean }) =>
      withEmbeddedPool(context, command, 'Use `prefect flow-run inspect`', async (administration) => {
        const run = await administration.readRun(idOrName);
        if (options.json) return context.json(jsonOf(run));
        context.say(renderFacts(factsOf(context, run)));
        context.say(
          `\n${renderTable([{ heading: 'at' }, { heading: 'state' }, { heading: 'message' }], statesOf(context, run))}`,
        );
        const diagnosis = readDiagnosis(run.result);
        if (diagnosis !== null) {
          context.say(`\n${context.styles.bold(diagnosis.summary)}\n${diagnosis.detail}`);
          if (diagnosis.resolution !== null) context.say(`Try: ${diagnosis.resolution}`);
        }
      }),
    );
  return addExamples(command, [
    ['worker-host runs inspect 3f2a', 'by the beginning of its id'],
    ["worker-host runs inspect 3f2a --json | jq '.result.phasesSeconds'", 'how long each phase took'],
  ]);
}

function factsOf(
  context: CommandContext,
  { flowRun, deploymentName, attempts, policy, result }: RunView,
): readonly (readonly [string, string])[] {
  const type = flowRun.stateType ?? 'SCHEDULED';
  const exitCode = readExitCode(result);
  const phases = readPhases(result).map(([phase, seconds]) => `${phase} ${formatDuration(seconds)}`);
  const facts: readonly (readonly [string, string | null])[] = [
    ['id', flowRun.id],
    ['name', flowRun.name],
    ['state', context.styles.state(type, flowRun.stateName ?? type)],
    ['deployment', deploymentName],
    ['pool', `${flowRun.workPoolName ?? '-'} / ${flowRun.workQueueName ?? '-'}`],
    ['scheduled', flowRun.expectedStartTime],
    ['started', flowRun.startTime],
    ['infrastructure', flowRun.infrastructurePid],
    ['exit code', exitCode === null ? null : String(exitCode)],
    ['phases', phases.length === 0 ? null : phases.join(', ')],
    ['job variables', stringifyJson(withoutNamedSecrets(flowRun.jobVariables))],
    ['parameters', stringifyJson(withoutNamedSecrets(flowRun.parameters))],
    ...(attempts.length < 2 ? [] : [['attempt', String(attempts.at(-1)?.number)] as const]),
    ...(policy === null ? [] : describePolicy(policy)),
    ['tags', flowRun.tags.length === 0 ? null : flowRun.tags.join(', ')],
  ];
  return facts.filter((fact): fact is readonly [string, string] => fact[1] !== null);
}

function jsonOf({ flowRun, states, attempts, policy, result }: RunView) {
  return { ...flowRun, states, attempts, policy, result };
}

function statesOf(context: CommandContext, { states }: RunView): readonly (readonly string[])[] {
  return states.map((state) => [state.timestamp, context.styles.state(state.type, state.name), state.message ?? '']);
}
