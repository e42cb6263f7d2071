import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@worker-host/core';
import { type ContractJob, workerContract } from '@worker-host/testing';
import { JobConfiguration, JobWorker, plugin } from '../src/index.js';

workerContract({
  runner: { describe, it, before, after },
  plugin,
  arrange: () => {
    const home = mkdtempSync(join(tmpdir(), 'contract-'));
    const environment = { PATH: process.env.PATH, WORKER_HOST_HOME: home };
    const workerOf = (workPoolName: string) =>
      new JobWorker(
        { workerType: plugin.type, workerName: 'a-worker', workPoolName, environment, hostCollectsOutput: true },
        systemClock,
      );
    const file = (name: string, flowRunId: string) => join(home, `${name}-${flowRunId}`);
    const launchesOf = (flowRunId: string) =>
      readdirSync(home).filter((name) => name.startsWith(`launched-${flowRunId}`));
    /** Each launch leaves its environment in a file, so that launches are counted by what the jobs did. */
    const commandOf = (job: ContractJob, flowRunId: string): string => {
      const launched = `env >"$(mktemp '${file('launched', flowRunId)}.XXXXXX')"`;
      if (job.kind === 'ends') return `${launched}; exit ${job.exitCode}`;
      const say = file('say', flowRunId);
      const printing = `if [ -e '${say}' ]; then cat '${say}'; rm '${say}'; fi`;
      // A job that a failed test leaves behind ends with the directory.
      const isHeld = `[ -d '${home}' ] && [ ! -e '${file('go', flowRunId)}' ]`;
      return `${launched}; while ${printing}; ${isHeld}; do sleep 0.02; done`;
    };
    return {
      createWorker: () => workerOf('a-pool'),
      createWorkerOfAnotherPool: () => workerOf('another-pool'),
      configurationFor: (job, flowRunId) =>
        Object.assign(new JobConfiguration(), { command: commandOf(job, flowRunId) }),
      brokenConfiguration: () => new JobConfiguration(),
      release: (flowRunId) => writeFileSync(file('go', flowRunId), ''),
      launchesOf: (flowRunId) => launchesOf(flowRunId).length,
      launchedWith: (flowRunId) => {
        const [name] = launchesOf(flowRunId);
        const text = name === undefined ? '' : readFileSync(join(home, name), 'utf8');
        return {
          env: Object.fromEntries(text.split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2))),
          labels: null,
        };
      },
      print: async (flowRunId, lines) => {
        const say = file('say', flowRunId);
        writeFileSync(`${say}.new`, lines.map((line) => `${line}\n`).join(''));
        renameSync(`${say}.new`, say);
        while (existsSync(say)) await sleep(10);
      },
      unknownPid: 'a-job-that-never-was',
      dispose: async () => {
        // A job that still ended would write into the directory.
        for (const worker of ['a-pool', 'another-pool'].map(workerOf))
          for (const { infrastructurePid } of await worker.listInfrastructure())
            await worker.killInfrastructure(infrastructurePid, new JobConfiguration(), 0).catch(() => undefined);
        rmSync(home, { recursive: true, force: true, maxRetries: 5 });
      },
    };
  },
});
