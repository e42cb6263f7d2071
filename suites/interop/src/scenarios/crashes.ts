import { check, checkEqual, until } from '../harness/checks.js';
import { stopTask } from '../harness/person.js';
import type { Scenario } from '../harness/scenario.js';
import { FLOWS } from '../harness/world.js';
import type { Json } from '../server/prefect-client.js';

/** The worker reports what the engine cannot report itself, with the cause. */
export const crashes: Scenario = {
  name: 'a job that dies is Crashed with its cause: exit code, kill, stop, missing image, refused launch, bad template; one that reported keeps its state',
  play: async (world) => {
    const aws = await world.aws();
    const worker = world.worker(aws);
    await world.online('w1', worker);
    const crashed = async (run: Json, words: RegExp): Promise<void> => {
      const ended = await world.state(run, 'CRASHED');
      check(words.test(ended.state.message), `message of ${run.name}: ${ended.state.message} should match ${words}`);
    };

    const exit = await world.run(await world.deployCommand('sh -c "exit 3"'));
    const kill = await world.run(await world.deployCommand('sh -c "kill -9 $$"'));
    const cluster = await world.run(await world.deployCommand('true', { job_variables: { cluster: 'nope' } }));
    const block = await world.run(
      await world.deployCommand('true', { job_variables: { family: '{{ prefect.variables.there_is_none }}-x' } }),
    );
    const stopped = await world.run(await world.deployCommand('sleep 600'));
    const reported = await world.run(await world.deployCommand(`sh -c "python3 -S ${FLOWS}light_engine.py; exit 5"`));
    await until('it runs', () => world.tasksOf(aws, stopped)[0]?.lastStatus === 'RUNNING');
    await stopTask(aws, world.tasksOf(aws, stopped)[0]?.taskArn);
    await crashed(stopped, /non-zero status code 143/);
    await crashed(exit, /exited with non-zero status code 3/);
    await crashed(kill, /non-zero status code (137|-9)/);
    await crashed(cluster, /nope/);
    const odd = await world.readRun(block);
    check(
      ['CRASHED', 'COMPLETED', 'SCHEDULED', 'PENDING', 'RUNNING'].includes(odd.state_type),
      'an odd variable ends no worker',
    );

    await until('the odd run is launched', () => world.tasksOf(aws, block)[0]?.lastStatus === 'STOPPED');

    aws.faults.add({ type: 'image-pull-failure' });
    await crashed(await world.run(await world.deployCommand('true')), /image|pull/i);
    await until('the worker still lives', () => !worker.child.hasExited);
    const well = await world.run(await world.deployCommand('true'));
    await until(
      'a job that reports nothing and ends well',
      () => world.tasksOf(aws, well)[0]?.lastStatus === 'STOPPED',
    );
    await until('the worker saw its bad end', async () =>
      (await world.logs(reported)).some(({ message }) => /code 5/.test(message)),
    );
    checkEqual((await world.readRun(reported)).state_type, 'COMPLETED', 'a state that the job itself reported');
    checkEqual((await world.readRun(well)).state_type, 'PENDING', 'a run whose job reported nothing and ended well');
    checkEqual(world.tasksOf(aws, exit).length, 1, 'a crashed run is launched once');
  },
};
