import { safeText } from '../../../logging/safe-text.js';
import type { TimeFormat } from '../../../logging/time-format.js';
import { type HourOfRuns, MOST_FAILURES } from '../../../orchestrators/embedded/listing/pool-overview.js';
import type { RunSummary } from '../../../orchestrators/embedded/listing/run-summaries.js';
import { formatDuration, formatWhen } from '../../output/format.js';
import type { ListColumn } from '../../output/output.js';
import type { Styles } from '../../output/styles.js';
import { renderTable } from '../../output/text-table.js';
import { stateText } from '../runs/run-columns.js';
import type { TopSnapshot } from './top-snapshot.js';

/** Sort orders of active runs. */
export const TOP_SORTS = ['age', 'state', 'name', 'worker'] as const;
export type TopSort = (typeof TOP_SORTS)[number];

export interface TopView {
  readonly columns: number;
  /** Maximum number of lines. */
  readonly rows: number;
  /** True: keys work, and are listed below. */
  readonly hasKeys: boolean;
  readonly sort: TopSort;
  /** True: the view is paused. */
  readonly isHeld: boolean;
  readonly styles: Styles;
  readonly times: TimeFormat;
}

/** A list with its heading. */
interface Section {
  readonly heading: string;
  /** Null: as many as the table has, and more that are not counted. */
  readonly total: number | null;
  readonly table: readonly string[];
}

/** Lines of a section besides runs: its heading, that of its columns, and the empty line after it. */
const LINES_OF_SECTION = 3;

/** Returns the lines of a pool's live view: at most `rows`, at most `columns` wide. */
export function renderTop(snapshot: TopSnapshot, view: TopView): readonly string[] {
  const head = headOf(snapshot, view);
  const foot = view.hasKeys ? [footOf(view)] : [];
  const sections = sectionsOf(snapshot, view);
  const room = Math.max(0, view.rows - head.length - foot.length);
  const shares = sharesOf(
    sections.map(({ table }) => table.length - 1),
    room - sections.length * LINES_OF_SECTION,
  );
  const body = sections.flatMap(({ heading, total, table }, index) => {
    const shown = shares[index] ?? 0;
    const more = (total ?? 0) > shown ? `, ${(total ?? 0) - shown} not shown` : '';
    const title = view.styles.bold(total === null ? heading : `${heading}: ${total}${more}`);
    return [title, ...table.slice(0, shown === 0 ? 0 : shown + 1), ''];
  });
  // A terminal with few lines shows the beginning.
  return [...head, ...body.slice(0, room), ...foot];
}

function headOf({ overview, atMs, endedPerMinute }: TopSnapshot, { styles, times, columns }: TopView): string[] {
  const { pool, activeRuns, workers, dueRuns, lateRuns, oldestDueMs, waitingFor, hours, failures } = overview;
  const dead = workers.filter(({ status }) => status === 'dead').length;
  const taken = pool.concurrencyLimit === null ? 'no limit' : `limit ${pool.concurrencyLimit}`;
  const late = lateRuns > 0 ? `, ${lateRuns} late` : '';
  const oldest = oldestDueMs === null ? '' : `, the oldest for ${formatDuration((atMs - oldestDueMs) / 1000)}`;
  const sum = (of: (hour: HourOfRuns) => number): number => hours.reduce((total, hour) => total + of(hour), 0);
  const bad = sum(({ failed, crashed }) => failed + crashed);
  const [worst] = failures;
  const line = (text: string, style = (each: string) => each): string => style(cut(text, columns));
  const title = `${safeText(pool.name)} (${safeText(pool.type)})${pool.isPaused ? ', paused' : ''}  ${times.second(atMs)}`;
  const online = `${workers.length - dead} online${dead > 0 ? `, ${dead} dead` : ''}`;
  const lines = [
    line(title, styles.bold),
    line(`Slots: ${activeRuns} taken, ${taken}. Workers: ${online}.`, dead > 0 ? styles.red : undefined),
    line(`Waiting: ${dueRuns}${late}${oldest}.${waitingFor === null ? '' : ` ${safeText(waitingFor)}`}`),
    line(
      `Ended in 24 hours: ${sum(({ completed }) => completed)} completed, ${bad} failed or crashed, ` +
        `${sum(({ cancelled }) => cancelled)} cancelled. Now ${endedPerMinute.toFixed(1)} a minute.`,
    ),
  ];
  if (worst !== undefined) {
    const times = worst.runs >= MOST_FAILURES ? `${MOST_FAILURES} or more` : String(worst.runs);
    lines.push(line(`Most frequent failure: ${safeText(worst.reason)} (${times})`, styles.red));
  }
  return [...lines, ''];
}

function sectionsOf(snapshot: TopSnapshot, view: TopView): readonly Section[] {
  const { overview, atMs } = snapshot;
  const table = <T>(columns: readonly ListColumn<T>[], items: readonly T[]): readonly string[] =>
    renderTable(
      columns,
      items.map((item) => columns.map(({ cell }) => cell(item))),
      view.columns,
    )
      .trimEnd()
      .split('\n');
  const longestWaiting = [...snapshot.waiting].sort((a, b) => timeOf(a) - timeOf(b));
  return [
    {
      heading: `Active, by ${view.sort}`,
      total: overview.activeRuns,
      table: table(activeColumns(view, atMs), sorted(snapshot.active, view.sort)),
    },
    { heading: 'Waiting', total: overview.dueRuns, table: table(waitingColumns(view, atMs), longestWaiting) },
    { heading: 'Ended last', total: null, table: table(endedColumns(view, atMs), snapshot.ended) },
  ];
}

const common: readonly ListColumn<RunSummary>[] = [
  { heading: 'id', cell: ({ shortId }) => shortId },
  { heading: 'name', least: 8, cell: ({ name }) => safeText(name) },
  { heading: 'deployment', least: 8, leaveOut: 3, cell: ({ deploymentName }) => safeText(deploymentName ?? '-') },
];
const reason: ListColumn<RunSummary> = {
  heading: 'reason',
  least: 12,
  leaveOut: 4,
  cell: ({ reason: text }) => safeText((text ?? '').split('\n', 1)[0] ?? ''),
};

function stateColumn({ styles }: TopView): ListColumn<RunSummary> {
  return { heading: 'state', cell: (run) => styles.state(run.stateType ?? 'SCHEDULED', stateText(run)) };
}

function activeColumns(view: TopView, nowMs: number): readonly ListColumn<RunSummary>[] {
  return [
    ...common,
    stateColumn(view),
    { heading: 'in state', alignRight: true, leaveOut: 2, cell: (run) => formatDuration((nowMs - timeOf(run)) / 1000) },
    { heading: 'age', alignRight: true, cell: ({ durationSeconds }) => formatDuration(durationSeconds ?? 0) },
    { heading: 'worker', least: 8, leaveOut: 5, cell: ({ workerName }) => safeText(workerName ?? '-') },
    reason,
  ];
}

function waitingColumns(view: TopView, nowMs: number): readonly ListColumn<RunSummary>[] {
  return [
    ...common,
    stateColumn(view),
    { heading: 'for', alignRight: true, cell: (run) => formatDuration((nowMs - timeOf(run)) / 1000) },
    { heading: 'queue', least: 6, leaveOut: 5, cell: ({ workQueueName }) => safeText(workQueueName ?? '-') },
    reason,
  ];
}

function endedColumns(view: TopView, nowMs: number): readonly ListColumn<RunSummary>[] {
  return [
    ...common,
    stateColumn(view),
    { heading: 'when', alignRight: true, cell: ({ stateSince }) => formatWhen(stateSince, nowMs) },
    {
      heading: 'duration',
      alignRight: true,
      leaveOut: 1,
      cell: ({ durationSeconds }) => (durationSeconds === null ? '-' : formatDuration(durationSeconds)),
    },
    { heading: 'exit', alignRight: true, leaveOut: 2, cell: ({ exitCode }) => String(exitCode ?? '-') },
    reason,
  ];
}

function sorted(runs: readonly RunSummary[], sort: TopSort): readonly RunSummary[] {
  const text = (of: (run: RunSummary) => string | null) => (a: RunSummary, b: RunSummary) =>
    (of(a) ?? '').localeCompare(of(b) ?? '') || byAge(a, b);
  const orders: Readonly<Record<TopSort, (a: RunSummary, b: RunSummary) => number>> = {
    age: byAge,
    state: text(({ stateName }) => stateName),
    name: text(({ name }) => name),
    worker: text(({ workerName }) => workerName),
  };
  return [...runs].sort(orders[sort]);
}

/** Sorts the longest first. */
function byAge(a: RunSummary, b: RunSummary): number {
  return (b.durationSeconds ?? 0) - (a.durationSeconds ?? 0) || timeOf(a) - timeOf(b);
}

function timeOf({ stateSince }: RunSummary): number {
  return Date.parse(stateSince ?? '');
}

/** Divides the space between lists of these lengths: unused shares go to the others. */
function sharesOf(lengths: readonly number[], room: number): readonly number[] {
  const shares = lengths.map(() => 0);
  let left = Math.max(
    0,
    Math.min(
      room,
      lengths.reduce((sum, length) => sum + length, 0),
    ),
  );
  while (left > 0)
    for (const [index, length] of lengths.entries()) {
      if (left === 0 || (shares[index] ?? 0) >= length) continue;
      shares[index] = (shares[index] ?? 0) + 1;
      left -= 1;
    }
  return shares;
}

function footOf({ sort, isHeld, styles, columns }: TopView): string {
  const next = TOP_SORTS[(TOP_SORTS.indexOf(sort) + 1) % TOP_SORTS.length];
  return styles.dim(cut(`q quit   p ${isHeld ? 'resume (paused)' : 'pause'}   s sort by ${next}`, columns));
}

function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;
}
