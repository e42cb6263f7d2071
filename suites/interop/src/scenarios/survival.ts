import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, checkEqual, until } from '../harness/checks.js';
import type { Scenario } from '../harness/scenario.js';
import { FLOWS } from '../harness/world.js';
import type { Json } from '../server/prefect-client.js';

const LIGHT = `python3 -S ${FLOWS}light_engine.py`;

/** kill -9 during submission and watching: the next process with the name continues, with one task per run. */
export const killedWorker: Scenario = {
  name: 'a worker killed with SIGKILL while it submits and watches: its successor ends every run, one task each',
  isForOldest: true,
  play: async (world) => {
    const aws = await world.aws();
    // Three deaths before a launch would end a run: here they are not its doing.
    const args = ['--death-limit', '0'];
    let worker = world.worker(aws, { args });
    await world.online('w1', worker);
    const deployment = await world.deployCommand(`${LIGHT} 2`);
    const dying = await world.deployCommand('sh -c "sleep 4; exit 7"');

    const runs: Json[] = await Promise.all(Array.from({ length: 12 }, () => world.run(deployment)));
    const crash = await world.run(dying);
    for (let kills = 0; kills < 3; kills += 1) {
      const before = aws.ecs.tasks().length;
      await until('it launches', () => aws.ecs.tasks().length > before || aws.ecs.tasks().length === 13, 30);
      await worker.child.kill();
      worker = world.worker(aws, { args });
    }
    for (const run of runs) await world.state(run, 'COMPLETED', 90);
    const ended = await world.state(crash, 'CRASHED', 60);

    check(
      /status code 7/.test(ended.state.message),
      `its exit code was seen after the restart: ${ended.state.message}`,
    );
    for (const run of [...runs, crash]) checkEqual(world.tasksOf(aws, run).length, 1, `tasks of ${run.name}`);
  },
};

/** kill -9 at each step of a run, with the response of server or AWS in flight: one task each, and a true end. */
export const killedAtEachStep: Scenario = {
  name: 'a worker killed between any two steps of a run: its successor launches it once and ends it',
  play: async (world) => {
    const aws = await world.aws();
    await world.makePool();
    const deployment = await world.deployCommand(`${LIGHT} 1`);
    const proxy = await world.proxy();
    const env = { PREFECT_API_URL: proxy.apiUrl };
    const steps: readonly (readonly [string, RegExp])[] = [
      ['its claim is answered', /^POST \/flow_runs\/<id>\/set_state .*"name":"Pending"/],
      ['Submitting is answered', /^POST \/flow_runs\/<id>\/set_state .*"name":"Submitting"/],
      ['its id is stored', /^PATCH \/flow_runs\/<id> .*infrastructure_pid/],
      ['its labels are stored', /^PATCH \/flow_runs\/<id>\/labels /],
    ];
    for (const [step, words] of steps) {
      const worker = world.worker(aws, { env });
      await world.online('w1', worker);
      const killed = proxy.when(
        ({ method, path, body }) => words.test(`${method} ${path.replaceAll(/[0-9a-f-]{36}/g, '<id>')} ${body}`),
        () => worker.child.kill(),
      );
      const run = await world.run(deployment);
      await killed;
      const successor = world.worker(aws, { env });
      const ended = await world.state(run, 'COMPLETED', 40).catch((error: unknown) => {
        throw new Error(`killed when ${step}: ${String(error)}`);
      });
      checkEqual(world.tasksOf(aws, run).length, 1, `tasks of the run whose worker was killed when ${step}`);
      checkEqual(ended.run_count, 1, 'times it ran');
      await successor.child.kill();
    }
  },
};

/** The dead worker does not restart: another one takes over its runs. */
export const deadWorker: Scenario = {
  name: 'the runs of a worker that stays dead, launched or only claimed, are taken over by another one',
  isIdle: true,
  play: async (world) => {
    const aws = await world.aws();
    const first = world.worker(aws, { name: 'w1', args: ['--heartbeat-seconds', '2'] });
    await world.online('w1', first);
    const mayEnd = join(world.parts.folder, 'may-end');
    const run = await world.run(
      await world.deployCommand(`sh -c "until test -e ${mayEnd}; do sleep 0.2; done; exit 9"`),
    );
    await until('its task runs', () => world.tasksOf(aws, run)[0]?.lastStatus === 'RUNNING');
    await until('its id is stored', async () => (await world.readRun(run)).infrastructure_pid);

    aws.faults.add({ type: 'throttle', operation: 'RunTask', times: 'always' });
    const deployment = await world.deployCommand(`${LIGHT} 0`);
    const claimed = await Promise.all(Array.from({ length: 20 }, () => world.run(deployment)));
    for (const each of claimed) await world.state(each, 'PENDING');

    await first.child.kill();
    aws.faults.clear();
    const second = world.worker(aws, { name: 'w2' });
    await world.online('w2', second);
    await until(
      'the server takes it for offline',
      async () => {
        const workers = await world.api.post(`/work_pools/${world.pool}/workers/filter`);
        return workers.some((each: Json) => each.name === 'w1' && each.status === 'OFFLINE');
      },
      60,
    );
    await until('it is taken over', async () => (await world.readRun(run)).labels['prefect.worker.name'] === 'w2', 60);
    writeFileSync(mayEnd, '');
    const ended = await world.state(run, 'CRASHED', 90);

    check(/status code 9/.test(ended.state.message), `the other worker saw its end: ${ended.state.message}`);
    checkEqual(ended.labels['prefect.worker.name'], 'w2', 'label with the worker');
    for (const each of claimed) await world.state(each, 'COMPLETED', 90);
    for (const each of [run, ...claimed]) checkEqual(world.tasksOf(aws, each).length, 1, `tasks of ${each.name}`);
  },
};

/** The server becomes unavailable while runs are active, and returns: nothing is lost or duplicated. */
export const restartedServer: Scenario = {
  name: 'the server is killed and started again in the middle: watching goes on, claiming resumes, nothing is lost',
  isAlone: true,
  play: async (world) => {
    const aws = await world.aws();
    const worker = world.worker(aws);
    await world.online('w1', worker);
    const deployment = await world.deployCommand(`${LIGHT} 3`);
    const before = await Promise.all(Array.from({ length: 4 }, () => world.run(deployment)));
    const crash = await world.run(await world.deployCommand('sh -c "sleep 3; exit 5"'));
    await until('all are launched', () => aws.ecs.tasks().length === 5);

    await world.parts.server.crash();
    await until('the crashing task ends meanwhile', () => world.tasksOf(aws, crash)[0]?.lastStatus === 'STOPPED');
    await world.parts.server.up();
    const after = await world.run(deployment);
    for (const run of [...before, after]) await world.state(run, 'COMPLETED', 90);
    const ended = await world.state(crash, 'CRASHED', 60);

    check(/status code 5/.test(ended.state.message), `its end was reported late, but reported: ${ended.state.message}`);
    check(!worker.child.hasExited, 'the worker lives');
    for (const run of [...before, after, crash]) checkEqual(world.tasksOf(aws, run).length, 1, `tasks of ${run.name}`);
  },
};

/** The worker is started before its server. */
export const serverComesLater: Scenario = {
  name: 'a worker started before its server waits for it, and works when it is there',
  isAlone: true,
  play: async (world) => {
    const aws = await world.aws();
    await world.makePool();
    const deployment = await world.deployCommand(`${LIGHT} 0`);
    await world.parts.server.down();
    const worker = world.worker(aws);
    await until(
      'the worker says that the server is away',
      () => /not available|does not respond/i.test(worker.output),
      20,
    ).catch(async (error) => {
      await world.parts.server.up();
      throw error;
    });
    await world.parts.server.up();

    await world.state(await world.run(deployment), 'COMPLETED', 60);
    check(!worker.child.hasExited, 'the worker lives');
  },
};

/** A run that was launched before, and is claimed or launched for another attempt when its worker dies. */
export const killedInSecondAttempt: Scenario = {
  name: 'a worker killed before or just after the second launch of a run: its successor is not misled by the first task',
  play: async (world) => {
    const aws = await world.aws();
    const proxy = await world.proxy();
    const env = { PREFECT_API_URL: proxy.apiUrl };
    let worker = world.worker(aws, { env });
    await world.online('w1', worker);
    const deployment = await world.deployCommand(`${LIGHT} 0`);
    const run = await world.run(deployment);
    const ended = () => world.tasksOf(aws, run).every(({ lastStatus }) => lastStatus === 'STOPPED');
    const again = () => world.api.post(`/flow_runs/${run.id}/set_state`, { state: { type: 'SCHEDULED' }, force: true });
    await world.state(run, 'COMPLETED');
    await until('the first task has stopped', ended);

    aws.faults.add({ type: 'throttle', operation: 'RunTask', times: 'always' });
    await again();
    await until('it is claimed again', async () => (await world.readRun(run)).state_name === 'Submitting');
    await worker.child.kill();
    aws.faults.clear();
    worker = world.worker(aws, { env });
    await world.state(run, 'COMPLETED', 30);
    checkEqual(world.tasksOf(aws, run).length, 2, 'tasks of the run');
    await until('the second task has stopped', ended);

    await world.api.patch(`/deployments/${deployment.id}`, {
      job_variables: { command: `sh -c "sleep 4; exit 9"` },
    });
    proxy.fault = ({ body }) => (body.includes('infrastructure_pid') ? { status: 503 } : null);
    await again();
    await until('it is launched a third time', () => world.tasksOf(aws, run).length === 3);
    await worker.child.kill();
    proxy.fault = () => null;
    worker = world.worker(aws, { env });
    const crashed = await world.state(run, 'CRASHED', 30);
    check(/status code 9/.test(crashed.state.message), `the end of the third task: ${crashed.state.message}`);
    checkEqual(world.tasksOf(aws, run).length, 3, 'tasks of the run');
  },
};
