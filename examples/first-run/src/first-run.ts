import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LocalAws, startLocalAws } from '@worker-host/testing/local-aws';
import { type Administration, openAdministration } from 'worker-host/embedded';
import { Belongings } from './belongings.js';
import { renderKeepHelp, renderNextSteps } from './next-steps.js';
import type { FirstRunOptions } from './options.js';
import type { Progress } from './progress/job-view.js';
import { LiveTable, type TerminalOutput } from './progress/live-table.js';
import { PlainLines } from './progress/plain-lines.js';
import { LIMIT } from './sample-jobs.js';
import { SampleRuns } from './sample-runs.js';
import { allAsExpected, renderSummary } from './summary.js';
import { WorkerProcess } from './worker-process.js';

const POOL = 'first-run';
const EVENTS_QUEUE = 'prefect-ecs-tasks-events';
const LOOK_EVERY_MS = 100;
const PATIENCE_MS = 55_000;
/** Long enough to be visible, much shorter than on Fargate. */
const PHASES = { provisioningMs: 300, pendingMs: 150, pullMs: 400, activatingMs: 100, deprovisioningMs: 100 };

/** What the first run needs from its process. */
export interface Surroundings {
  readonly output: TerminalOutput & { readonly isTTY?: boolean };
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted at the first Ctrl-C or SIGTERM. */
  readonly stop: AbortSignal;
}

/** Runs the demonstration. Resolves with the exit code; releases everything it has started, however it ends. */
export async function firstRun(options: FirstRunOptions, surroundings: Surroundings): Promise<number> {
  const belongings = new Belongings();
  try {
    return await demonstrate(options, surroundings, belongings);
  } finally {
    await belongings.release();
  }
}

async function demonstrate(
  options: FirstRunOptions,
  surroundings: Surroundings,
  belongings: Belongings,
): Promise<number> {
  const { output, stop } = surroundings;
  const say = (text: string) => void output.write(`${text}\n`);
  const home = await mkdtemp(join(tmpdir(), 'worker-host-first-run-'));
  belongings.add(() => rm(home, { recursive: true, force: true }));

  const aws = await startLocalAws({ phases: PHASES, eventsQueue: EVENTS_QUEUE });
  belongings.add(() => aws.close());
  say(`Local AWS      ${aws.url}  (ECS, EC2, logs, queues; its tasks are processes of this machine)`);

  const settings = { WORKER_HOST_HOME: home, WORKER_HOST_ORCHESTRATOR: 'embedded', ...awsEnvironment(aws) };
  const environment = { ...withoutForeignSettings(surroundings.environment), ...settings };
  const administration = await openAdministration({ home });
  belongings.add(() => administration.close());
  await administration.createWorkPool({
    name: POOL,
    type: 'ecs',
    baseJobTemplate: {},
    concurrencyLimit: LIMIT,
    isPaused: false,
  });
  say(`Work pool      ${POOL}, type ecs, at most ${LIMIT} runs at once  (${administration.databasePath})`);

  const words = ['--type', 'ecs', '--pool', POOL, '--name', 'first-run-worker'];
  const worker = new WorkerProcess(words, environment, join(home, 'worker.log'));
  belongings.add(() => worker.stop());
  const killAtExit = () => worker.kill();
  process.once('exit', killAtExit);
  belongings.add(() => process.off('exit', killAtExit));
  say(`Worker         worker-host start ${words.join(' ')}\n`);

  const isGood = await runSampleJobs(administration, worker, surroundings);
  if (!options.keep || stop.aborted) {
    if (!stop.aborted) say(renderNextSteps());
    return isGood ? 0 : 1;
  }
  say(renderKeepHelp(settings, POOL));
  while (!stop.aborted && worker.isAlive) await sleep(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => {});
  return isGood ? 0 : 1;
}

async function runSampleJobs(
  administration: Administration,
  worker: WorkerProcess,
  { output, stop }: Surroundings,
): Promise<boolean> {
  const startedMs = Date.now();
  const secondsSinceStart = () => (Date.now() - startedMs) / 1000;
  const progress: Progress = output.isTTY ? new LiveTable(output) : new PlainLines(output, secondsSinceStart);
  const runs = await SampleRuns.queue(administration, POOL);
  try {
    for (;;) {
      const jobs = await runs.look();
      progress.show(jobs);
      if (runs.haveEnded) break;
      if (stop.aborted) {
        output.write('\nStopped before the runs had ended.\n');
        return false;
      }
      const isLate = Date.now() - startedMs > PATIENCE_MS;
      const problem = !worker.isAlive ? 'The worker ended too early.' : isLate ? 'The runs took too long.' : null;
      if (problem !== null) {
        progress.end();
        output.write(`\n${problem} The worker said:\n${worker.output}\n`);
        return false;
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => {});
    }
  } finally {
    progress.end();
  }
  const ended = await runs.results();
  output.write(`\n${renderSummary(ended)}\n`);
  output.write(`${ended.length} runs in ${secondsSinceStart().toFixed(1)} s.\n\n`);
  return allAsExpected(ended);
}

function awsEnvironment(aws: LocalAws): Readonly<Record<string, string>> {
  return { ...aws.environment, WORKER_HOST_ECS_STREAM_OUTPUT: 'true' };
}

/** Returns the process environment without variables that select other clouds, servers or settings. */
function withoutForeignSettings(
  environment: Surroundings['environment'],
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^(AWS_|PREFECT_|WORKER_HOST_)/.test(name)),
  );
}
