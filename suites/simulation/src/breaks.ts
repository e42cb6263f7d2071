/** A change of one compiled file. */
export interface Edit {
  /** End of the URL of the file. */
  readonly file: string;
  /** Original text in the file; it occurs exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A fault that can be planted in the compiled code, to check that the simulation finds it. */
export interface Break {
  readonly name: string;
  /** What the code does wrong with the fault. */
  readonly meaning: string;
  readonly edits: readonly Edit[];
}

const HOST = '/worker-host/dist/src/host';
const ECS = '/worker-ecs/dist/src';
const POOL = '/testing/dist/src/orchestrator';

function one(name: string, meaning: string, file: string, find: string, replace: string): Break {
  return { name, meaning, edits: [{ file, find, replace }] };
}

/** Every fault, by its name. */
export const BREAKS: readonly Break[] = [
  one(
    'no-fencing',
    'The control plane takes writes of an old owner.',
    `${POOL}/fake-lease.js`,
    'return owner === this.tools.owner && fencingToken === this.fencingToken && attemptId === this.attempt.id;',
    'return true;',
  ),
  one(
    'no-launch-place',
    'Where a launch is sent is not stored, so that a successor looks where the pool points by then.',
    `${HOST}/run/run-writes.js`,
    'await run.lease.storeLaunch({ relaunch: run.state.relaunch, place, searchPlace }, shown);',
    '',
  ),
  {
    name: 'places-forgotten',
    meaning: 'Where a run was launched is forgotten with it, by the worker and by the pool.',
    edits: [
      { file: `${POOL}/fake-lease.js`, find: 'this.tools.rememberPlace(searchPlace);', replace: '' },
      { file: `${HOST}/run/active-runs.js`, find: 'this.#rememberPlace(run.launchPlace);', replace: ';' },
    ],
  },
  {
    name: 'stop-not-repeated',
    meaning: 'A job is ordered to stop once, whether it is seen stopping or not.',
    edits: [
      {
        file: `${HOST}/run/infrastructure-stopper.js`,
        find: 'while (!ended.aborted) {',
        replace: 'return void (await this.stopOnce(infrastructurePid, configuration, logger).catch(() => {})); {',
      },
      {
        file: `${ECS}/observation/watch/watch-group.js`,
        find: 'stopReason === null ||',
        replace: 'stopReason !== 0 ||',
      },
    ],
  },
  one(
    'heartbeat-backed-off',
    'Heartbeats are sent more seldom after failures.',
    `${HOST}/loops/heartbeat.js`,
    'pause: () => intervalMs',
    'pause: (failures) => intervalMs * 4 ** Math.min(failures, 4)',
  ),
  one(
    'release-forgotten',
    'A run that the worker gives up is not released.',
    `${HOST}/run/active-run.js`,
    'run.lease.release(effect.reason)',
    'Promise.resolve()',
  ),
  one(
    'token-of-its-own',
    'Each try of a launch has a client token of its own.',
    `${ECS}/task-run/launch-token.js`,
    'update(JSON.stringify([flowRunId, attemptId, relaunch, placement]))',
    'update(JSON.stringify([flowRunId, attemptId, relaunch, placement, globalThis.tries = (globalThis.tries ?? 0) + 1]))',
  ),
  one(
    'blind-is-gone',
    'A failure to watch a job counts as its end.',
    `${HOST}/run/failure-table.js`,
    "watch: row('retry', { 'not-found': 'vanish' })",
    "watch: row('vanish')",
  ),
  one(
    'unanswered-is-refused',
    'A launch that failed without a refusal makes its run Crashed.',
    `${HOST}/run/failure-table.js`,
    "launch: row('retry', {",
    "launch: row('refuse', {",
  ),
  one(
    'cancel-forgotten',
    'A cancellation of an active run is not heard.',
    `${HOST}/run/run-machine.js`,
    'return onCancel(state, event.cause);',
    'return { state, effects: [] };',
  ),
  one(
    'crash-of-the-cancelled',
    'The crash that a cancelled job reports when it is stopped stays the end of its run.',
    `${HOST}/run/run-decisions.js`,
    "return stateType === 'CRASHED' && cancelCause === 'ordered' && !hostReportsStates;",
    'return false;',
  ),
  one(
    'take-over-of-the-living',
    'Runs of living workers are taken over.',
    `${POOL}/fake-ownership.js`,
    'return !owner.isLiving;',
    'return true;',
  ),
  one(
    'take-over-forgotten',
    'A run that was taken over is not resumed.',
    `${HOST}/loops/take-over.js`,
    'const run = this.manager.resume(interrupted);',
    'continue;\n                    const run = this.manager.resume(interrupted);',
  ),
  one(
    'limit-ignored',
    'A worker takes more runs than its limit.',
    `${HOST}/slots.js`,
    'return this.limit === null ? null : Math.max(0, this.limit - this.#count.taken);',
    'return null;',
  ),
  {
    name: 'orphans-of-the-living',
    meaning: 'Tasks are stopped as orphans that another worker owns and whose run goes on.',
    edits: [
      {
        file: `${HOST}/loops/reconciler.js`,
        find: 'return run.stateType === null || isFinalStateType(run.stateType);',
        replace: 'return true;',
      },
      { file: `${HOST}/loops/reconciler.js`, find: "if (owner === 'another')", replace: 'if (false)' },
      {
        file: `${HOST}/loops/reconciler.js`,
        find: "return run.stateType === null || isFinalStateType(run.stateType) ? 'stop' : 'leave';",
        replace: "return 'stop';",
      },
    ],
  },
  one(
    'exit-code-ignored',
    'A job that failed is reported Completed.',
    `${HOST}/run/run-decisions.js`,
    "if (result.isSuccess)\n        return propose({ type: 'COMPLETED', message: null });",
    "return propose({ type: 'COMPLETED', message: null });",
  ),
  one(
    'claim-twice',
    'A run that is pending already may be claimed again.',
    `${POOL}/fake-ownership.js`,
    "if (stateType !== 'SCHEDULED')",
    "if (stateType !== 'SCHEDULED' && stateType !== 'PENDING')",
  ),
  {
    name: 'final-runs-keep-their-tasks',
    meaning: 'A run that is made final from outside keeps its task, whether a worker has it or not.',
    edits: [
      {
        file: `${HOST}/loops/reconciler.js`,
        find: 'if (!isOver || !this.settings.stopFinalRuns)',
        replace: 'if (true)',
      },
      {
        file: `${HOST}/loops/reconciler.js`,
        find: "return run.stateType === null || isFinalStateType(run.stateType) ? 'stop' : 'leave';",
        replace: "return 'leave';",
      },
    ],
  },
];

export function breakOf(name: string): Break {
  const found = BREAKS.find((each) => each.name === name);
  if (found === undefined)
    throw new Error(`There is no such break: ${name}. Known are ${BREAKS.map((each) => each.name).join(', ')}.`);
  return found;
}
