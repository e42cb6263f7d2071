import { isFinalStateType, type State } from '@worker-host/core';
import type { Administration, StoredLog } from '../../orchestrators/embedded/administration-types.js';
import { describeArrayCounts } from '../../orchestrators/embedded/runs/array-ends.js';
import { InterruptedError, TerminatedError } from '../cli-errors.js';
import type { CommandContext } from '../command-context.js';
import { exitCodeOfOutcome } from '../exit-codes.js';
import { formatDuration } from './format.js';
import { LogFollower } from './log-follower.js';
import { logLineText } from './log-line.js';
import { readDiagnosis } from './run-result.js';

const LOOK_EVERY_MS = 200;
const HINT_AFTER_MS = 5000;
/** Minimum time between two progress lines of an array. */
const PROGRESS_EVERY_MS = 5000;
/** Level info, as Prefect's number. */
const SHOWN_FROM_LEVEL = 20;

/**
 * Follows a run to its end: prints each change of state and each line of its log, in order of time. Resolves with the exit code
 * for the outcome. Ctrl-C ends only the watching; the run continues.
 *
 * @param isForScripts prints the run as JSON when it has ended, instead of its states and log
 */
export async function watchRun(
  context: CommandContext,
  administration: Administration,
  flowRunId: string,
  isForScripts = false,
): Promise<number> {
  const stop = new AbortController();
  const stopListening = context.io.onStopSignal((signal) => {
    const what = `Stopped watching; the run continues. Cancel it with \`worker-host runs cancel ${flowRunId}\`.`;
    stop.abort(signal === 'SIGINT' ? new InterruptedError(what) : new TerminatedError(what));
  });
  const { clock } = context.io;
  const logs = new LogFollower(administration, flowRunId, { level: SHOWN_FROM_LEVEL });
  const startedMs = clock.nowMs();
  let statesSeen = 0;
  let isHintGiven = false;
  let progress = { text: '', atMs: Number.NEGATIVE_INFINITY };
  try {
    for (;;) {
      const run = await administration.readRun(flowRunId);
      const { flowRun, states, result, arrayCounts } = run;
      const fresh = states.slice(statesSeen);
      const linesOf = (isEnd: boolean): readonly TimedLine[] =>
        fresh.filter(({ type }) => isFinalStateType(type) === isEnd).map((state) => stateLine(context, state));
      const lines = isForScripts ? [] : (await logs.next()).map((line) => logLine(context, line));
      const news = isForScripts ? [] : [...linesOf(false), ...lines, ...linesOf(true)];
      statesSeen = states.length;
      for (const { text } of news.sort((a, b) => a.timestampMs - b.timestampMs)) context.say(text);
      const last = states.at(-1);
      const nowMs = clock.nowMs();
      const text = arrayCounts === null ? '' : describeArrayCounts(arrayCounts);
      if (last?.type === 'RUNNING' && text !== progress.text && nowMs - progress.atMs >= PROGRESS_EVERY_MS) {
        progress = { text, atMs: nowMs };
        context.note(context.styles.dim(text));
      }
      if (last !== undefined && isFinalStateType(last.type)) {
        if (isForScripts) context.json(run);
        const diagnosis = readDiagnosis(result);
        if (diagnosis !== null && last.type !== 'COMPLETED') {
          context.note(`${context.styles.bold(diagnosis.summary)}\n${diagnosis.detail}`);
          if (diagnosis.resolution !== null) context.note(`Try: ${diagnosis.resolution}`);
        }
        context.note(`Run ${flowRun.name} ended ${last.name} after ${formatDuration(secondsAtWork(states))}.`);
        return exitCodeOfOutcome(last.type);
      }
      if (!isHintGiven && last?.type === 'SCHEDULED' && clock.nowMs() - startedMs > HINT_AFTER_MS) {
        isHintGiven = true;
        context.note(
          context.styles.dim(`Waiting for a worker. Start one with: worker-host start --pool ${flowRun.workPoolName}`),
        );
      }
      await clock.sleep(LOOK_EVERY_MS, stop.signal).catch((error: unknown) => {
        throw stop.signal.aborted ? stop.signal.reason : error;
      });
    }
  } finally {
    stopListening();
  }
}

/** Time from when it was claimed or adopted, however long it had waited, to its latest state. */
function secondsAtWork(states: readonly State[]): number {
  const taken = states.find(({ type }) => type !== 'SCHEDULED');
  const newest = states.at(-1);
  return taken && newest ? (Date.parse(newest.timestamp) - Date.parse(taken.timestamp)) / 1000 : 0;
}

interface TimedLine {
  readonly timestampMs: number;
  readonly text: string;
}

function stateLine({ styles, times }: CommandContext, state: State): TimedLine {
  const timestampMs = Date.parse(state.timestamp);
  const message = state.message ? `: ${state.message}` : '';
  const what = `${styles.state(state.type, state.name)}${message}`;
  return { timestampMs, text: `${times.millisecond(timestampMs)} | ${styles.bold('state  ')} | ${what}` };
}

function logLine(context: CommandContext, line: StoredLog): TimedLine {
  return { timestampMs: line.timestampMs, text: logLineText(context, line) };
}
