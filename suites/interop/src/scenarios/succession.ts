import { check, checkEqual, until } from '../harness/checks.js';
import type { Scenario } from '../harness/scenario.js';
import { FLOWS, type World } from '../harness/world.js';
import type { Json } from '../server/prefect-client.js';

const LIGHT = `python3 -S ${FLOWS}light_engine.py`;
/** Time limit within which a dead worker's runs continue, whatever the machine and name of the next worker. */
const SUCCESSION_SECONDS = 35;
const RUNS = 12;

/** kill -9 during the submission; only its missing heartbeats show that it is dead. */
export const successor: Scenario = {
  name: 'a worker killed with SIGKILL while it submits: every run goes on within 35 s, by a worker of another name and machine',
  isForOldest: true,
  isAlone: true,
  play: async (world) => {
    const aws = await world.aws();
    const worker = world.worker(aws, { machine: 'one' });
    await world.online('w1', worker);
    const standby = world.worker(aws, { name: 'w2', machine: 'two' });
    await world.online('w2', standby);
    // The run that both would claim goes to the one that is to die.
    standby.child.signal('SIGSTOP');
    const deployment = await world.deployCommand(`${LIGHT} 2`);
    const runs: Json[] = await Promise.all(Array.from({ length: RUNS }, () => world.run(deployment)));
    await until('it launches', () => aws.ecs.tasks().length > 0, 30);

    await worker.child.kill();
    const killedAt = Date.now();
    standby.child.signal('SIGCONT');
    const seconds = await Promise.all(runs.map((run) => secondsUntilOwned(world, run, killedAt)));

    const latest = Math.max(...seconds);
    check(latest <= SUCCESSION_SECONDS, `the last run went on after ${latest.toFixed(1)} s`);
    for (const run of runs) await world.state(run, 'COMPLETED', 60);
    for (const run of runs) checkEqual(world.tasksOf(aws, run).length, 1, `tasks of ${run.name}`);
  },
};

/** Seconds until the run is over or another worker owns it. */
async function secondsUntilOwned(world: World, run: Json, sinceMs: number): Promise<number> {
  await until(
    `${run.name} goes on`,
    async () => {
      const now = await world.readRun(run);
      return now.state_type === 'COMPLETED' || now.labels['prefect.worker.name'] === 'w2';
    },
    SUCCESSION_SECONDS * 2,
  );
  return (Date.now() - sinceMs) / 1000;
}

/** SIGSTOP as a long pause of its machine: it resumes as the owner of runs that another worker now owns. */
export const fencing: Scenario = {
  name: 'a worker that was stopped for a minute has lost its runs, writes nothing about them, and goes on with new ones',
  play: async (world) => {
    const aws = await world.aws();
    const paused = world.worker(aws, { machine: 'one' });
    await world.online('w1', paused);
    const run = await world.run(await world.deployCommand('sh -c "sleep 60; exit 9"'));
    await until('its id is stored', async () => (await world.readRun(run)).infrastructure_pid);
    const before = await world.readRun(run);
    checkEqual(before.labels['worker-host.attempt'], await claimOf(world, run), 'label with the attempt');

    paused.child.signal('SIGSTOP');
    const other = world.worker(aws, { name: 'w2', machine: 'two' });
    await until(
      'the other worker owns it',
      async () => (await world.readRun(run)).labels['prefect.worker.name'] === 'w2',
      SUCCESSION_SECONDS * 2,
    );
    paused.child.signal('SIGCONT');
    const ended = await world.state(run, 'CRASHED', 90);

    check(/status code 9/.test(ended.state.message), `its end was reported: ${ended.state.message}`);
    checkEqual((await world.states(run)).filter((name) => name === 'Crashed').length, 1, 'reports of its end');
    checkEqual(ended.labels['prefect.worker.name'], 'w2', 'its owner');
    checkEqual(ended.infrastructure_pid, before.infrastructure_pid, 'its infrastructure');
    checkEqual(world.tasksOf(aws, run).length, 1, 'tasks of the run');
    await other.child.stop();
    await world.state(await world.run(await world.deployCommand(`${LIGHT} 0`)), 'COMPLETED');
    check(!paused.child.hasExited, 'the worker that was stopped lives');
  },
};

/** Id of the Pending state by which the run was claimed. */
async function claimOf(world: World, run: Json): Promise<string> {
  const states: Json[] = await world.api.get(`/flow_run_states/?flow_run_id=${run.id}`);
  return states.find(({ name }) => name === 'Pending').id;
}

/** `docker compose up --scale`, a copied unit file: two processes with one name. */
export const namesakes: Scenario = {
  name: 'a second live worker of one name says so, and adopts nothing of the first',
  play: async (world) => {
    const aws = await world.aws();
    const first = world.worker(aws, { machine: 'one' });
    await world.online('w1', first);
    const run = await world.run(await world.deployCommand('sh -c "sleep 50; exit 9"'));
    await until('its id is stored', async () => (await world.readRun(run)).infrastructure_pid);
    const { labels } = await world.readRun(run);

    const second = world.worker(aws, { machine: 'two' });
    await until('the second one says it', () => /Another worker named 'w1' sends heartbeats/.test(second.output), 75);

    await world.state(run, 'CRASHED', 90);
    const ended = await world.readRun(run);
    checkEqual(ended.labels['worker-host.lease'], labels['worker-host.lease'], 'the lease of the run');
    checkEqual((await world.states(run)).filter((name) => name === 'Crashed').length, 1, 'reports of its end');
    for (const worker of [first, second]) check(!worker.child.hasExited, 'both live');
  },
};

/** A worker that stops in order releases its runs: no one waits for missed heartbeats. */
export const handover: Scenario = {
  name: 'a worker that stops in order releases its runs, and another one resumes them within seconds',
  play: async (world) => {
    const aws = await world.aws();
    const leaving = world.worker(aws, { machine: 'one' });
    await world.online('w1', leaving);
    const run = await world.run(await world.deployCommand('sh -c "sleep 30; exit 9"'));
    await until('its id is stored', async () => (await world.readRun(run)).infrastructure_pid);

    for (let signals = 0; signals < 2; signals += 1) leaving.child.signal('SIGINT');
    await leaving.child.exited;
    checkEqual((await world.readRun(run)).labels['worker-host.lease'], 'released', 'the lease of the run');
    world.worker(aws, { name: 'w2', machine: 'two' });
    const owner = async () => (await world.readRun(run)).labels['prefect.worker.name'];
    await until('the other worker owns it', async () => (await owner()) === 'w2', 20);

    const ended = await world.state(run, 'CRASHED', 60);
    check(/status code 9/.test(ended.state.message), `its end was reported: ${ended.state.message}`);
    checkEqual(world.tasksOf(aws, run).length, 1, 'tasks of the run');
  },
};
