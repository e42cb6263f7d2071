import { setTimeout as sleep } from 'node:timers/promises';
import { check, checkEqual, until } from '../harness/checks.js';
import type { Fault, PassingRequest } from '../harness/recording-proxy.js';
import type { Scenario } from '../harness/scenario.js';
import { FLOWS } from '../harness/world.js';
import { freePort } from '../server/free-port.js';
import type { Json } from '../server/prefect-client.js';

const SOCKETS_LAST_MS = 2000;
const HEALTH_EVERY_MS = 200;
/** The worker gives an answer up after this time; by default it waits for a minute. */
const REQUEST_TIMEOUT_SECONDS = 2;
const PAGE = { headers: { 'Content-Type': 'text/html' }, body: '<html><body>One moment, please</body></html>' };

/** One kind of bad day. */
interface Phase {
  readonly name: string;
  readonly seconds: number;
  /** One of this many requests meets the fault. */
  readonly every: number;
  readonly fault: (request: PassingRequest, server: string) => Fault | null;
}

const isLogOrEvent = ({ path }: PassingRequest): boolean => path === '/logs/' || path === '/events';

/** Twenty minutes of maintenance are twenty seconds here, a minute's silence is three seconds. */
const PHASES: readonly Phase[] = [
  {
    name: 'logs over their limit',
    seconds: 4,
    every: 1,
    fault: (request) => (isLogOrEvent(request) ? { status: 429, headers: { 'Retry-After': '2' } } : null),
  },
  {
    name: 'requests over their limit',
    seconds: 4,
    every: 1,
    fault: (request) => (isLogOrEvent(request) ? null : { status: 429, headers: { 'Retry-After': '1' } }),
  },
  {
    name: '503 to all requests',
    seconds: 4,
    every: 1,
    fault: (request) => (isLogOrEvent(request) ? null : { status: 503 }),
  },
  {
    name: 'maintenance',
    seconds: 20,
    every: 1,
    fault: () => ({ status: 503, headers: { 'Prefect-Maintenance': 'true', 'Retry-After': '1' } }),
  },
  { name: 'late answers', seconds: 7, every: 3, fault: () => ({ lateByMs: REQUEST_TIMEOUT_SECONDS * 1000 + 1000 }) },
  {
    name: 'pages of a proxy',
    seconds: 4,
    every: 2,
    fault: ({ method }) => ({ ...PAGE, status: method === 'GET' ? 404 : 200 }),
  },
  {
    name: 'redirects',
    seconds: 4,
    every: 1,
    fault: ({ path, query }, server) => ({ status: 307, headers: { Location: `${server}${path}${query}` } }),
  },
];

export const hostileProxy: Scenario = {
  name: 'behind a hostile proxy (limits of one bucket, 503, maintenance, late answers, pages, redirects, cut sockets) nothing is lost, no run ends wrongly, liveness stays green',
  isIdle: true,
  play: async (world) => {
    const aws = await world.aws();
    const proxy = await world.proxy();
    const port = await freePort();
    const worker = world.worker(aws, {
      args: ['--with-healthcheck'],
      env: {
        PREFECT_API_URL: proxy.apiUrl,
        PREFECT_API_REQUEST_TIMEOUT: String(REQUEST_TIMEOUT_SECONDS),
        PREFECT_WORKER_WEBSERVER_HOST: '127.0.0.1',
        PREFECT_WORKER_WEBSERVER_PORT: String(port),
      },
    });
    await world.online('w1', worker);
    const read = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);
    const health: number[] = [];
    const watching = setInterval(() => {
      void read('/health').then(
        ({ status }) => health.push(status),
        () => health.push(0),
      );
    }, HEALTH_EVERY_MS);
    const cutting = setInterval(() => proxy.cutSockets(), SOCKETS_LAST_MS);
    world.whenDone(async () => {
      clearInterval(watching);
      clearInterval(cutting);
    });
    const job_variables = { env: { PREFECT_API_URL: world.parts.server.apiUrl } };
    const light = await world.deployCommand(`python3 -S ${FLOWS}light_engine.py 1`, { job_variables });
    const dying = await world.deployCommand('sh -c "sleep 1; exit 6"', { job_variables });
    const endless = await world.run(await world.deployCommand('sleep 600', { job_variables }));
    await until('it is launched', () => world.tasksOf(aws, endless).length === 1);

    const good: Json[] = [];
    const bad: Json[] = [];
    for (const { name, seconds, every, fault } of PHASES) {
      good.push(await world.run(light));
      bad.push(await world.run(dying));
      let requests = 0;
      proxy.fault = (request) => {
        requests += 1;
        return requests % every === 0 ? fault(request, world.parts.server.apiUrl) : null;
      };
      await sleep((seconds * 1000) / 2);
      if (name === 'maintenance') {
        const ready = await read('/ready');
        checkEqual(ready.status, 503, 'readiness in maintenance');
        check((await ready.text()).includes('maintenance'), 'readiness names the maintenance');
      }
      await sleep((seconds * 1000) / 2);
    }
    proxy.fault = () => null;

    for (const run of good) await world.state(run, 'COMPLETED', 60);
    for (const run of bad) {
      const { state } = await world.state(run, 'CRASHED', 60);
      check(/status code 6/.test(state.message), `the end of ${run.name}: ${state.message}`);
    }
    check(['PENDING', 'RUNNING'].includes((await world.readRun(endless)).state_type), 'the endless run lives');
    await world.cancel(endless);
    await world.state(endless, 'CANCELLED', 60);
    for (const run of [...good, ...bad, endless]) checkEqual(world.tasksOf(aws, run).length, 1, `tasks of ${run.name}`);
    for (const run of bad) {
      await until(`the log of ${run.name} arrives`, async () =>
        (await world.logs(run)).some(({ message }) => /code 6/.test(message)),
      );
    }
    await until('the worker is ready again', async () => (await read('/ready')).ok, 30);
    checkEqual(
      health.filter((status) => status !== 200),
      [],
      `answers of liveness other than 200, of ${health.length}`,
    );
    check(!worker.output.includes('MaxListenersExceededWarning'), 'Node counts no listeners too many');
    check(!worker.child.hasExited, 'the worker lives');
  },
};
