import { buildBaseJobTemplate, type JsonObject } from '@worker-host/core';
import { expect } from 'chai';
import { createWorkerHost } from '../../src/host/composition.js';
import { type HttpAnswer, HttpTransportError } from '../../src/orchestrators/prefect/rest/http-transport.js';
import { PrefectWorld } from '../orchestrators/prefect/support/prefect-world.js';
import { FakeWorker, fakePlugin } from './support/fake-worker.js';

const MINUTE_MS = 60_000;
const STEP_MS = 5000;
const LAST_MINUTES = 20;
/** A run that was released waits for the longest back-off, and for a claim or a take-over. */
const CATCH_UP_MINUTES = 4;

type Weather = (place: string, world: PrefectWorld) => Partial<HttpAnswer> | null | Promise<Partial<HttpAnswer> | null>;

const isLogOrEvent = (place: string): boolean => place === 'POST /logs/' || place === 'POST /events';

const WEATHERS: readonly (readonly [name: string, weather: Weather])[] = [
  ['announced maintenance', () => ({ status: 503, headers: { 'prefect-maintenance': 'true', 'retry-after': '600' } })],
  ['maintenance without an end', () => ({ status: 503, headers: { 'prefect-maintenance': 'true' } })],
  ['503', () => ({ status: 503 })],
  ['429 to requests', (place) => (isLogOrEvent(place) ? null : { status: 429, headers: { 'retry-after': '86400' } })],
  [
    '429 to logs and events',
    (place) => (isLogOrEvent(place) ? { status: 429, headers: { 'retry-after': '86400' } } : null),
  ],
  ['the page of a proxy', () => ({ status: 404, headers: { 'content-type': 'text/html' }, body: '<html>soon</html>' })],
  ['redirects in a circle', () => ({ status: 307, headers: { location: 'http://prefect.test/api/again' } })],
  [
    'redirects to the login page of another host',
    () => ({ status: 302, headers: { location: 'https://login.test/' } }),
  ],
  [
    'the refusal of a firewall',
    () => ({ status: 403, headers: { 'content-type': 'text/html' }, body: '<html>no</html>' }),
  ],
  ['answers without a body', () => ({ status: 200, body: '' })],
  ['answers of null', () => ({ status: 200, body: 'null' })],
  ['answers of an empty object', () => ({ status: 200, body: '{}' })],
  ['answers that end in the middle', () => ({ status: 200, body: '{"id":"r1","state":{"ty' })],
  [
    'cut connections',
    () => {
      throw new HttpTransportError('reset', 'cut');
    },
  ],
  [
    'no response within a minute',
    async (_place, { clock }) => {
      await clock.sleep(MINUTE_MS);
      throw new HttpTransportError('timeout', 'no answer');
    },
  ],
];

describe(`a worker of a Prefect server, through ${LAST_MINUTES} minutes of`, () => {
  for (const [name, weather] of WEATHERS)
    it(`${name}: stays alive, ends no run wrongly, reports every end, and launches due runs once`, async () => {
      const world = new PrefectWorld();
      const { clock, server } = world;
      const worker = new FakeWorker();
      const plugin = fakePlugin(worker);
      Object.assign(server.pool, { type: 'fake', template: buildBaseJobTemplate(plugin) as JsonObject });
      const { orchestrator, connection } = world.client({ maxRetries: 5 });
      const settings = { workPoolName: 'p', workerName: 'w' };
      const host = createWorkerHost({ orchestrator, plugin, clock, settings });
      const stuck = new Set<string>();
      const pass = async (minutes: number): Promise<void> => {
        for (let step = 0; step < (minutes * MINUTE_MS) / STEP_MS; step += 1) {
          await clock.advance(STEP_MS);
          for (const loop of host.status.stuckLoops) stuck.add(loop);
        }
      };
      const due = (id: string): void => server.addRun(id, { deployment_id: null, flow_id: null });
      const end = (id: string, statusCode: number): void =>
        worker.jobs.find(({ flowRun }) => flowRun.id === id)?.end(statusCode);
      const ended = host.run();
      for (const id of ['completes', 'dies', 'lasts']) due(id);
      await pass(1);
      expect(worker.jobs).to.have.length(3);
      for (const id of ['completes', 'dies', 'lasts']) server.put(id, 'RUNNING');

      connection.proxyAnswer = (place) => weather(place, world);
      await pass(LAST_MINUTES / 2);
      due('due');
      server.put('completes', 'COMPLETED', 'Completed');
      end('completes', 0);
      end('dies', 3);
      await pass(LAST_MINUTES / 2);
      expect(server.run('lasts').state_type).to.equal('RUNNING');
      connection.proxyAnswer = () => null;
      await pass(CATCH_UP_MINUTES);

      expect([...stuck]).to.deep.equal([]);
      expect(host.status.problems).to.deep.equal([]);
      expect(server.run('completes').state_type).to.equal('COMPLETED');
      expect(server.run('dies').state).to.deep.include({ type: 'CRASHED' });
      expect(server.run('dies').state?.message).to.contain('3');
      expect(server.run('lasts').state_type).to.equal('RUNNING');
      const launched = worker.jobs.filter(({ how }) => how === 'run').map(({ flowRun }) => flowRun.id);
      expect(launched).to.have.members(['completes', 'dies', 'lasts', 'due']);
      expect(worker.kills).to.deep.equal([]);
      host.stop();
      await clock.run(ended);
      await world.close();
    });
});
