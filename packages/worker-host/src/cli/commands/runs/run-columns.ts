import { safeText } from '../../../logging/safe-text.js';
import type { RunSummary } from '../../../orchestrators/embedded/listing/run-summaries.js';
import { describeArrayCounts } from '../../../orchestrators/embedded/runs/array-ends.js';
import type { CommandContext } from '../../command-context.js';
import { formatDuration, formatWhen } from '../../output/format.js';
import type { ListColumn } from '../../output/output.js';

/** The columns of a list of runs. */
export function runColumns({ styles, times, io }: CommandContext): readonly ListColumn<RunSummary>[] {
  const nowMs = io.clock.nowMs();
  const timeText = (timestamp: string | null): string =>
    timestamp === null ? '-' : times.second(Date.parse(timestamp));
  return [
    { heading: 'id', cell: ({ shortId }) => shortId },
    { heading: 'name', least: 8, cell: ({ name }) => safeText(name) },
    { heading: 'deployment', least: 8, leaveOut: 3, cell: ({ deploymentName }) => safeText(deploymentName ?? '-') },
    { heading: 'pool', least: 6, leaveOut: 5, cell: ({ workPoolName }) => safeText(workPoolName ?? '-') },
    { heading: 'state', cell: (run) => styles.state(run.stateType ?? 'SCHEDULED', stateText(run)) },
    { heading: 'when', alignRight: true, cell: ({ stateSince }) => formatWhen(stateSince, nowMs) },
    {
      heading: 'duration',
      alignRight: true,
      leaveOut: 1,
      cell: ({ durationSeconds }) => (durationSeconds === null ? '-' : formatDuration(durationSeconds)),
    },
    { heading: 'exit', alignRight: true, leaveOut: 2, cell: ({ exitCode }) => String(exitCode ?? '-') },
    { heading: 'queue', isWide: true, cell: ({ workQueueName }) => safeText(workQueueName ?? '-') },
    { heading: 'worker', isWide: true, cell: ({ workerName }) => safeText(workerName ?? '-') },
    { heading: 'attempt', isWide: true, alignRight: true, cell: ({ attempt }) => String(attempt) },
    { heading: 'tags', isWide: true, cell: ({ tags }) => safeText(tags.join(',') || '-') },
    { heading: 'scheduled', isWide: true, cell: ({ expectedStartTime }) => timeText(expectedStartTime) },
    { heading: 'ended', isWide: true, cell: ({ endTime }) => timeText(endTime) },
    { heading: 'full id', isWide: true, cell: ({ id }) => id },
    { heading: 'reason', least: 16, leaveOut: 4, cell: (run) => safeText(firstLineOf(reasonText(run))) },
  ];
}

/** Returns the name of the state; `Late` for overdue runs. */
export function stateText({ isLate, stateName, stateType }: RunSummary): string {
  return isLate ? 'Late' : safeText(stateName ?? stateType ?? 'Scheduled');
}

/** Returns why a run waits or failed; for an array, its progress. */
function reasonText({ arrayCounts, reason, stateType }: RunSummary): string | null {
  return arrayCounts === null || stateType === 'SCHEDULED' ? reason : describeArrayCounts(arrayCounts);
}

function firstLineOf(text: string | null): string {
  return (text ?? '').split('\n', 1)[0] ?? '';
}
