import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, checkEqual, until } from '../harness/checks.js';
import type { Scenario } from '../harness/scenario.js';
import type { Json } from '../server/prefect-client.js';
import { recordedOutcome } from './version-records.js';

/** Flows of which the engine cannot report the end. From 3.9 on it then exits with a code other than zero. */
const UNHEARD = ['raises_when_told', 'crashes_when_told', 'completes_when_told'] as const;

/** The API is away for the jobs and the worker while the flows end; afterwards only the worker is left to report. */
export const unheardDeaths: Scenario = {
  name: 'flows that fail, crash and complete while the API is cut off: each ends Crashed with its exit code (3.8: it has none, and the run is not ended hastily); one whose report arrived stays Completed',
  isForOldest: true,
  play: async (world) => {
    const aws = await world.aws();
    const [jobs, workers] = [await world.proxy(), await world.proxy()];
    const worker = world.worker(aws, { env: { PREFECT_API_URL: workers.apiUrl } });
    await world.online('w1', worker);
    const marker = join(world.parts.folder, 'end-now');
    const job_variables = { env: { PREFECT_API_URL: jobs.apiUrl, PREFECT_CLIENT_MAX_RETRIES: '1' } };
    const begin = async (flow: string, marked: string): Promise<Json> =>
      world.run(await world.deploy(flow, { job_variables }), { parameters: { marker: marked } });

    const heardMarker = `${marker}-heard`;
    const heard = await begin('completes_when_told', heardMarker);
    const unheard: Json[] = [];
    for (const flow of UNHEARD) unheard.push(await begin(flow, marker));
    for (const run of [heard, ...unheard]) await world.state(run, 'RUNNING', 90);

    jobs.fault = ({ path, body }) => {
      if (path !== `/flow_runs/${heard.id}/set_state`) return null;
      return /"type": ?"COMPLETED"/.test(body) ? 'lost-answer' : 'cut';
    };
    writeFileSync(heardMarker, '');
    await world.state(heard, 'COMPLETED');
    await until('its job ends', () => world.tasksOf(aws, heard)[0]?.lastStatus === 'STOPPED', 90);

    for (const proxy of [jobs, workers]) {
      proxy.fault = () => 'cut';
      proxy.cutSockets();
    }
    writeFileSync(marker, '');
    const hasStopped = (run: Json): boolean => world.tasksOf(aws, run)[0]?.lastStatus === 'STOPPED';
    await until('the jobs end unheard', () => unheard.every(hasStopped), 90);
    for (const run of unheard) checkEqual((await world.readRun(run)).state_type, 'RUNNING', `state of ${run.name}`);
    workers.fault = () => null;

    const exitsWithCode = recordedOutcome('exitAfterUnheardEnd', world.parts.python.prefectVersion) === 'non-zero';
    for (const run of unheard) {
      const exitCode = exitCodeOf(world.tasksOf(aws, run)[0]?.description);
      checkEqual(exitCode !== 0, exitsWithCode, `exit code ${exitCode} of ${run.name} is not zero`);
      // Without a code the engine gets two to five minutes to report: on faked time in the unit tests.
      if (!exitsWithCode) continue;
      const { state } = await world.state(run, 'CRASHED', 60);
      check(/status code [1-9]/.test(state.message), `the exit code of ${run.name}: ${state.message}`);
    }
    for (const run of [heard, ...unheard]) checkEqual(world.tasksOf(aws, run).length, 1, `tasks of ${run.name}`);
    if (!exitsWithCode) {
      await until('the worker has seen the ends', () =>
        unheard.every(({ id }) => new RegExp(`successfully .*flowRunId=${id}`).test(worker.output)),
      );
      for (const run of unheard) checkEqual((await world.readRun(run)).state_type, 'RUNNING', `state of ${run.name}`);
    }
    checkEqual((await world.readRun(heard)).state_type, 'COMPLETED', 'the run whose report arrived');
    check(!worker.child.hasExited, 'the worker lives');
  },
};

function exitCodeOf(task: Json): number | undefined {
  return task?.containers?.[0]?.exitCode;
}
