import { check, checkEqual, until } from '../harness/checks.js';
import type { Scenario } from '../harness/scenario.js';

/** Basic auth and CSRF protection, on HTTP and on every socket; no secret in any log. */
export const guardedServer: Scenario = {
  name: 'with basic auth and CSRF protection a flow runs, though tokens are refused and sockets cut; the password stands in no log',
  isForOldest: true,
  server: 'guarded',
  play: async (world) => {
    const aws = await world.aws();
    const proxy = await world.proxy();
    const worker = world.worker(aws, { env: { PREFECT_API_URL: proxy.apiUrl } });
    await world.online('w1', worker);
    let refusals = 0;
    proxy.fault = ({ path }) => {
      if (!path.endsWith('/set_state') || refusals === 2) return null;
      refusals += 1;
      proxy.cutSockets();
      return { status: 403, body: '{"detail":"Invalid CSRF token or client identifier."}' };
    };

    const run = await world.run(await world.deploy('happy'));
    await world.state(run, 'COMPLETED');

    checkEqual(refusals, 2, 'refused tokens');
    const password = world.parts.authString?.split(':')[1] ?? '';
    const logs = JSON.stringify(await world.logs(run));
    check(!worker.output.includes(password) && !logs.includes(password), 'the password stands in no log');
    checkEqual(world.tasksOf(aws, run).length, 1, 'tasks of the run');
  },
};

export const wrongPassword: Scenario = {
  name: 'with a wrong password the worker says so and ends with its exit code',
  server: 'guarded',
  play: async (world) => {
    const aws = await world.aws();
    const worker = world.worker(aws, { env: { PREFECT_API_AUTH_STRING: 'admin:wrong-one' } });

    const { code } = await worker.child.exited;

    checkEqual(code, 9, 'exit code');
    check(/ORCHESTRATOR_UNAUTHORIZED|not authorized/i.test(worker.output), worker.output.slice(-1000));
    check(!worker.output.includes('wrong-one'), 'the wrong password is not shown');
  },
};

/** The server gives up on a run that stays Cancelling, and requests the worker to stop its infrastructure. */
export const teardownByChannel: Scenario = {
  name: 'what a run left behind is stopped when the server asks for it over the worker channel',
  server: 'guarded',
  play: async (world) => {
    const aws = await world.aws();
    let worker = world.worker(aws);
    await world.online('w1', worker);
    const run = await world.run(await world.deployCommand('sleep 600'));
    await until('its task runs', () => world.tasksOf(aws, run)[0]?.lastStatus === 'RUNNING');
    await until('its id is stored', async () => (await world.readRun(run)).infrastructure_pid);

    await worker.child.kill();
    await world.cancel(run);
    await world.state(run, 'CANCELLED', 30);
    worker = world.worker(aws);
    await until('its task has stopped', () => world.tasksOf(aws, run)[0]?.lastStatus === 'STOPPED', 60);
  },
};
