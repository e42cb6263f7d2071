import { readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { workerContract } from '@worker-host/testing';
import { plugin } from '../src/index.js';
import { aConfiguration, Machine } from './support.js';

workerContract({
  runner: { describe, it, before, after },
  plugin,
  arrange: async () => {
    const machine = await Machine.make();
    const { home } = machine;
    return {
      createWorker: () => machine.worker(),
      // Each launch leaves a file of its own, so that launches are counted by what the jobs did.
      configurationFor: (job, flowRunId) => {
        const launched = `mktemp '${join(home, `launched-${flowRunId}`)}.XXXXXX' >/dev/null`;
        const held = `while [ ! -e '${join(home, `go-${flowRunId}`)}' ]; do sleep 0.02; done`;
        return aConfiguration({ command: `${launched}; ${job.kind === 'held' ? held : `exit ${job.exitCode}`}` });
      },
      brokenConfiguration: () => aConfiguration({ command: 'true', workingDirectory: join(home, 'missing') }),
      release: (flowRunId) => writeFile(join(home, `go-${flowRunId}`), ''),
      launchesOf: async (flowRunId) =>
        (await readdir(home)).filter((name) => name.startsWith(`launched-${flowRunId}`)).length,
      unknownPid: `${hostname()}::999999::another-time`,
      dispose: () => machine.dispose(),
    };
  },
});
