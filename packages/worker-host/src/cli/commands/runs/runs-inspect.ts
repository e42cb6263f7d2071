import { stringifyJson } from '@worker-host/core';
import type { Command } from 'commander';
import { withoutNamedSecrets } from '../../../configuration/secret-names.js';
import { safeText } from '../../../logging/safe-text.js';
import type { RunView } from '../../../orchestrators/embedded/administration-types.js';
import type { RunSummary } from '../../../orchestrators/embedded/listing/run-summaries.js';
import { describeArrayCounts } from '../../../orchestrators/embedded/runs/array-ends.js';
import { arrayOf, arrayPlaceOf } from '../../../orchestrators/embedded/runs/run-arrays.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { counted } from '../../input/confirm.js';
import { describePolicy } from '../../input/policy-options.js';
import { formatDuration, formatWhen } from '../../output/format.js';
import { addOutputOptionsOfOne, type OutputOptions, printedForScripts } from '../../output/output.js';
import { readDiagnosis, readLinks, readPhases, readRelaunches } from '../../output/run-result.js';
import { renderFacts, renderTable } from '../../output/text-table.js';
import { stateText } from './run-columns.js';

export function runsInspectCommand(context: CommandContext): Command {
  const command = newCommand(
    'inspect',
    'Shows a run: states, phases with durations, launch place, and why it waits or how it ended.',
  )
    .argument('<run>', 'an id, a prefix of an id, or a name')
    .action((idOrName: string, options: OutputOptions) =>
      withEmbeddedPool(context, command, 'Use `prefect flow-run inspect`', async (administration) => {
        const run = await administration.readRun(idOrName);
        const summary = await administration.readRunSummary(run.flowRun.id);
        const { states, attempts, launches, policy, result } = run;
        const all = { ...summary, states, attempts, launches, policy, result };
        if (await printedForScripts(context, options, all)) return;
        context.say(renderFacts(factsOf(context, run, summary)));
        context.say(
          `\n${renderTable([{ heading: 'at' }, { heading: 'state' }, { heading: 'message' }], statesOf(context, run))}`,
        );
        const diagnosis = readDiagnosis(run.result);
        if (diagnosis !== null) {
          context.say(`\n${context.styles.bold(safeText(diagnosis.summary))}\n${diagnosis.detail}`);
          if (diagnosis.resolution !== null) context.say(`Try: ${diagnosis.resolution}`);
        }
      }),
    );
  addOutputOptionsOfOne(command);
  return addExamples(command, [
    ['worker-host runs inspect 3f2a', 'by a prefix of its id'],
    ["worker-host runs inspect 3f2a --json | jq '.launches'", 'the requests by which its jobs were launched'],
    ["worker-host runs inspect 3f2a --json | jq '.result.phasesSeconds'", 'how long each phase took'],
  ]);
}

function factsOf(
  context: CommandContext,
  { policy, result }: RunView,
  run: RunSummary,
): readonly (readonly [string, string])[] {
  const { styles, io } = context;
  const type = run.stateType ?? 'SCHEDULED';
  const phases = readPhases(result).map(([phase, seconds]) => `${phase} ${formatDuration(seconds)}`);
  const relaunches = readRelaunches(result);
  const place = arrayPlaceOf(run);
  const limit = arrayOf(run)?.limit ?? null;
  const attempt = `${run.attempt}${relaunches > 0 ? `, launched ${relaunches + 1} times` : ''}`;
  const time = (timestamp: string | null): string | null => timeText(context, timestamp);
  const facts: readonly (readonly [string, string | null])[] = [
    ['id', run.id],
    ['name', safeText(run.name)],
    ['state', `${styles.state(type, stateText(run))} (${formatWhen(run.stateSince, io.clock.nowMs())})`],
    ['reason', run.reason === null ? null : safeText(run.reason)],
    ['array', run.arrayCounts === null ? null : describeArrayCounts(run.arrayCounts)],
    ['array limit', limit === null ? null : `${limit} active at once`],
    ['runs', run.arrayCounts === null ? null : `worker-host runs ls --array ${run.shortId}`],
    [
      'array run',
      place === null ? null : `index ${place.index} of array ${place.arrayId} (${counted(place.size, 'run')})`,
    ],
    ['deployment', run.deploymentName],
    ['pool', `${run.workPoolName ?? '-'} / ${run.workQueueName ?? '-'}`],
    ['worker', run.workerName],
    ['attempt', run.attempt === 0 ? null : attempt],
    ['created', time(run.created)],
    ['scheduled', time(run.expectedStartTime)],
    ['started', time(run.startTime)],
    ['ended', time(run.endTime)],
    ['duration', run.durationSeconds === null ? null : formatDuration(run.durationSeconds)],
    ['launched at', run.launchPlace === null ? null : stringifyJson(run.launchPlace)],
    ['infrastructure', run.infrastructurePid],
    ...readLinks(result).map(([name, url]) => [`link: ${name}`, safeText(url)] as const),
    ['exit code', run.exitCode === null ? null : String(run.exitCode)],
    ['phases', phases.length === 0 ? null : phases.join(', ')],
    ['job variables', stringifyJson(withoutNamedSecrets(run.jobVariables))],
    ['parameters', stringifyJson(withoutNamedSecrets(run.parameters))],
    ...(policy === null ? [] : describePolicy(policy)),
    ['tags', run.tags.length === 0 ? null : safeText(run.tags.join(', '))],
    ['log', run.attempt === 0 ? null : `worker-host runs logs ${run.shortId}`],
    ['request', `worker-host render --run ${run.shortId}`],
  ];
  return facts.filter((fact): fact is readonly [string, string] => fact[1] !== null);
}

function statesOf(context: CommandContext, { states }: RunView): readonly (readonly string[])[] {
  return states.map((state) => [
    context.times.millisecond(Date.parse(state.timestamp)),
    context.styles.state(state.type, safeText(state.name)),
    safeText(state.message ?? ''),
  ]);
}

function timeText({ times }: CommandContext, timestamp: string | null): string | null {
  return timestamp === null ? null : times.zoned(Date.parse(timestamp));
}
