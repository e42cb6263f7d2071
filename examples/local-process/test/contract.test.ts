import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ContractJob, workerContract } from '@worker-host/testing';
import { plugin } from '../src/index.js';
import { launchInThread } from './launch-in-thread.js';
import { aConfiguration, Machine } from './support.js';

const LOOK_EVERY_MS = 10;

workerContract({
  runner: { describe, it, before, after },
  plugin,
  arrange: async () => {
    const machine = await Machine.make();
    const file = (name: string, flowRunId: string): string => join(machine.home, `${name}-${flowRunId}`);
    /** Each launch writes its environment to a separate file, so that launches are counted by what the jobs did. */
    const commandOf = (job: ContractJob, flowRunId: string): string => {
      const launched = `env >"$(mktemp '${file('launched', flowRunId)}.XXXXXX')"`;
      if (job.kind === 'ends') return `${launched}; exit ${job.exitCode}`;
      const say = file('say', flowRunId);
      const printing = `if [ -e '${say}' ]; then cat '${say}'; rm '${say}'; fi`;
      // A job that a failed test leaves behind ends with the directory of its machine.
      const isHeld = `[ -d '${machine.home}' ] && [ ! -e '${file('go', flowRunId)}' ]`;
      return `${launched}; while ${printing}; ${isHeld}; do sleep 0.02; done`;
    };
    const launchesOf = (flowRunId: string): readonly string[] =>
      readdirSync(machine.home).filter((name) => name.startsWith(`launched-${flowRunId}`));
    return {
      createWorker: () => machine.worker(),
      createWorkerOfAnotherPool: () => machine.worker({ workPoolName: 'another-pool' }),
      configurationFor: (job, flowRunId) => aConfiguration({ command: commandOf(job, flowRunId) }),
      brokenConfiguration: () => aConfiguration({ command: 'true', workingDirectory: join(machine.home, 'missing') }),
      release: (flowRunId) => writeFile(file('go', flowRunId), ''),
      launchesOf: (flowRunId) => launchesOf(flowRunId).length,
      launchedWith: (flowRunId) => {
        const [name = ''] = launchesOf(flowRunId);
        const text = name === '' ? '' : readFileSync(join(machine.home, name), 'utf8');
        const lines = text.split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2));
        return { env: Object.fromEntries(lines), labels: null };
      },
      print: async (flowRunId, lines) => {
        const say = file('say', flowRunId);
        await writeFile(`${say}.new`, lines.map((line) => `${line}\n`).join(''));
        await rename(`${say}.new`, say);
        while (existsSync(say)) await sleep(LOOK_EVERY_MS);
      },
      launchElsewhere: (launch) => launchInThread(machine.home, launch, commandOf({ kind: 'held' }, launch.flowRun.id)),
      unknownPid: `${hostname()}::999999::another-time`,
      dispose: () => machine.dispose(),
    };
  },
});
