import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFinalStateType } from '@worker-host/core';
import { expect } from 'chai';
import { EndToEndBench } from './bench.js';

const PHASES = { provisioningMs: 60, pendingMs: 20, pullMs: 40, activatingMs: 20, deprovisioningMs: 20 };
/** From before the claim to after the report, in steps shorter than those of a run. */
const KILL_AFTER_MS = [0, 5, 10, 20, 35, 50, 75, 100, 130, 160, 200, 250, 320];
const LONGEST_MS = 20_000;

describe('a worker that is killed at any time during a run', function () {
  this.timeout(120_000);
  let bench: EndToEndBench;
  before(async () => {
    bench = await EndToEndBench.open({ phases: PHASES });
    await bench.run('pool', 'create', 'p', '--type', 'ecs');
  });
  after(() => bench.close());

  const startWorker = (): ChildProcess =>
    bench.spawn(['start', '--pool', 'p', '--name', 'w', '--query-seconds', '0.1', '--recovery-seconds', '0.2']);

  /** The worker has started to poll. */
  const begun = async (worker: ChildProcess): Promise<void> => {
    let text = '';
    while (!text.includes('Serving the work pool')) {
      const [chunk] = (await once(worker.stderr as NonNullable<ChildProcess['stderr']>, 'data')) as [Buffer];
      text += chunk.toString();
    }
    worker.stderr?.resume();
    worker.stdout?.resume();
  };

  const kill = async (worker: ChildProcess): Promise<void> => {
    const exited = once(worker, 'exit');
    worker.kill('SIGKILL');
    await exited;
  };

  for (const afterMs of KILL_AFTER_MS) {
    it(`${afterMs} ms into it: the next worker completes the run, with one task in all`, async () => {
      const run = await bench.withAdministration((administration) =>
        administration.createFlowRun({
          deploymentName: null,
          workPoolName: 'p',
          workQueueName: null,
          name: `killed-${afterMs}`,
          jobVariables: { command: "sh -c 'sleep 0.1; echo done'" },
          parameters: {},
          tags: [],
          idempotencyKey: null,
          scheduledForMs: null,
        }),
      );
      const first = startWorker();
      await begun(first);
      await sleep(afterMs);
      await kill(first);

      const second = startWorker();
      const ended = await bench.withAdministration(async (administration) => {
        const deadlineMs = Date.now() + LONGEST_MS;
        for (;;) {
          const view = await administration.readRun(run.id);
          const { stateType } = view.flowRun;
          if (stateType !== null && isFinalStateType(stateType)) return view;
          if (Date.now() > deadlineMs) throw new Error(`still ${stateType} after ${LONGEST_MS} ms`);
          await sleep(50);
        }
      });
      await kill(second);

      expect(ended.flowRun.stateType).to.equal('COMPLETED');
      expect(tasksOf(run.id)).to.equal(1);
    });
  }

  const tasksOf = (flowRunId: string): number =>
    bench.aws.ecs.tasks().filter((task) => JSON.stringify(task).includes(flowRunId)).length;
});
