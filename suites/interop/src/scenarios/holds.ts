import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { check, checkEqual, until } from '../harness/checks.js';
import type { Scenario } from '../harness/scenario.js';
import { FLOWS } from '../harness/world.js';

const LIGHT = `python3 -S ${FLOWS}light_engine.py`;
/** Longer than a poll with its jitter takes. */
const TWO_POLLS_MS = 3500;

/** Everything that can delay a run, and its removal. */
export const heldBack: Scenario = {
  name: 'paused pool, paused queue, a limit of 0 and CANCEL_NEW hold runs back; a run without a deployment and one far before its time run; --limit counts runs of before a restart',
  play: async (world) => {
    const aws = await world.aws();
    await world.makePool();
    const queue = `/work_pools/${world.pool}/queues/held`;
    await world.api.post(`/work_pools/${world.pool}/queues`, { name: 'held' });
    let worker = world.worker(aws);
    await world.online('w1', worker);
    const light = await world.deployCommand(`${LIGHT} 0`, { work_queue_name: 'held' });
    const held = async (what: string, fields: object, back: object, path = `/work_pools/${world.pool}`) => {
      await world.api.patch(path, fields);
      const run = await world.run(light);
      await sleep(TWO_POLLS_MS);
      checkEqual(world.tasksOf(aws, run).length, 0, `tasks of a run held back by ${what}`);
      await world.api.patch(path, back);
      await world.state(run, 'COMPLETED', 20);
    };
    await held('a paused pool', { is_paused: true }, { is_paused: false });
    await held('a paused queue', { is_paused: true }, { is_paused: false }, queue);
    await held('a limit of 0', { concurrency_limit: 0 }, { concurrency_limit: null });

    const mayEnd = join(world.parts.folder, 'may-end');
    const single = await world.deployCommand(`${LIGHT} ${mayEnd}`, {
      concurrency_limit: 1,
      concurrency_options: { collision_strategy: 'CANCEL_NEW' },
    });
    const first = await world.run(single);
    await world.state(first, 'RUNNING');
    const second = await world.run(single);
    await world.state(second, 'CANCELLED');
    checkEqual(world.tasksOf(aws, second).length, 0, 'tasks of the run that was one too many');
    writeFileSync(mayEnd, '');

    const flow = await world.api.post('/flows/', { name: 'loose' });
    const loose = await world.api.post('/flow_runs/', {
      flow_id: flow.id,
      work_pool_name: world.pool,
      state: { type: 'SCHEDULED' },
      job_variables: { command: `${LIGHT} 0` },
    });
    const inTime = new Date(Date.now() + 6000).toISOString();
    const early = await world.run(light, {
      state: { type: 'SCHEDULED', state_details: { scheduled_time: inTime } },
    });
    await until('it is launched before its time', () => world.tasksOf(aws, early).length === 1, 5);
    for (const run of [first, loose, early]) await world.state(run, 'COMPLETED');
    const began = (await world.readRun(early)).start_time;
    check(Date.parse(began) >= Date.parse(inTime) - 1000, `it began at ${began}, before ${inTime}`);

    await worker.child.kill();
    const long = await world.deployCommand('sleep 600');
    for (let index = 0; index < 4; index += 1) await world.run(long);
    const alive = () => aws.ecs.tasks().filter(({ lastStatus }) => lastStatus !== 'STOPPED').length;
    worker = world.worker(aws, { args: ['--limit', '2'] });
    await until('two are launched', () => alive() === 2);
    await worker.child.kill();
    worker = world.worker(aws, { args: ['--limit', '2'] });
    await until(
      'it takes them up',
      () => (worker.output.match(/Resuming a run of an earlier owner/g) ?? []).length === 2,
    );
    await sleep(TWO_POLLS_MS);
    checkEqual(alive(), 2, 'runs alive, by the limit, after a restart');
  },
};
