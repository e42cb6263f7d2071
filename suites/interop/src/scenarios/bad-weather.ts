import { check, checkEqual, until } from '../harness/checks.js';
import type { Fault } from '../harness/recording-proxy.js';
import type { Scenario } from '../harness/scenario.js';
import { FLOWS } from '../harness/world.js';
import type { Json } from '../server/prefect-client.js';

const RUNS = 6;
/** More than half of all requests fail, some after seconds: a run may wait for several rounds of each loop. */
const STATE_SECONDS = 240;
const SOCKETS_LAST_MS = 2000;

const HTML = { 'Content-Type': 'text/html' };
const PAGE = '<html><body>One moment, please</body></html>';

/** The fault of every nth request. The intervals are coprime, so that each kind of request meets each fault. */
const WEATHER: readonly (readonly [every: number, Fault])[] = [
  [7, { status: 503, body: '{"exception_message":"Service Unavailable"}' }],
  [11, { status: 429, headers: { 'Retry-After': '1' } }],
  [13, 'cut'],
  [17, 'lost-answer'],
  [19, { status: 500, body: '{"exception_message":"Internal Server Error"}' }],
  [23, { status: 504 }],
  [29, { status: 200, headers: HTML, body: PAGE }],
  [31, { status: 404, headers: HTML, body: PAGE }],
  [37, { status: 503, headers: { 'Prefect-Maintenance': 'true', 'Retry-After': '2' } }],
];

/** Between the worker and its server next to nothing works; then the server does not know the worker any more. */
export const badWeather: Scenario = {
  name: 'through storms of 503, 429, 500, maintenance, pages of a proxy, cut and lost answers, sockets that never last: every run ends truly, once; a later 401 ends the worker with its code',
  limitSeconds: 480,
  play: async (world) => {
    const aws = await world.aws();
    const proxy = await world.proxy();
    const worker = world.worker(aws, { env: { PREFECT_API_URL: proxy.apiUrl } });
    await world.online('w1', worker);
    const job_variables = { env: { PREFECT_API_URL: world.parts.server.apiUrl } };
    const light = await world.deployCommand(`python3 -S ${FLOWS}light_engine.py 1`, { job_variables });
    const dying = await world.run(await world.deployCommand('sh -c "sleep 3; exit 6"', { job_variables }));
    const endless = await world.run(await world.deployCommand('sleep 600', { job_variables }));
    await until('both are launched', () => aws.ecs.tasks().length === 2);

    let requests = 0;
    proxy.fault = () => {
      requests += 1;
      return WEATHER.find(([every]) => requests % every === 0)?.[1] ?? null;
    };
    const cutting = setInterval(() => proxy.cutSockets(), SOCKETS_LAST_MS);
    world.whenDone(async () => clearInterval(cutting));
    const runs: Json[] = [];
    for (let index = 0; index < RUNS; index += 1) runs.push(await world.run(light));
    await world.cancel(endless);
    for (const run of runs) await world.state(run, 'COMPLETED', STATE_SECONDS);
    await world.state(endless, 'CANCELLED', STATE_SECONDS);
    const crashed = await world.state(dying, 'CRASHED', STATE_SECONDS);

    check(/status code 6/.test(crashed.state.message), crashed.state.message);
    for (const run of [...runs, dying, endless]) checkEqual(world.tasksOf(aws, run).length, 1, `tasks of ${run.name}`);
    await until('the worker’s log of the run arrives', async () =>
      (await world.logs(dying)).some(({ message }) => /code 6/.test(message)),
    );
    check(!worker.child.hasExited, 'the worker lives');

    proxy.fault = () => ({ status: 401, body: '{"exception_message":"Unauthorized"}' });
    checkEqual((await worker.child.exited).code, 9, 'exit code after a 401');
  },
};
