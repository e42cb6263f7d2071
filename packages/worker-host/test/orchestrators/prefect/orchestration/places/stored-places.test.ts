import { OrchestratorUnauthorizedError, OrchestratorUnavailableError } from '@worker-host/core';
import { RecordingLogger } from '@worker-host/testing';
import { expect } from 'chai';
import type { ApiVariable, ApiVariableCreate } from '../../../../../src/orchestrators/prefect/api/api-types.js';
import {
  placeNamesBegin,
  placeVariable,
} from '../../../../../src/orchestrators/prefect/orchestration/places/place-variable.js';
import { StoredPlaces } from '../../../../../src/orchestrators/prefect/orchestration/places/stored-places.js';
import { PrefectRefusedError } from '../../../../../src/orchestrators/prefect/rest/rest-errors.js';
import { ManualClock } from '../../support/manual-clock.js';

const refusal = (status: number) =>
  new PrefectRefusedError({ method: 'PATCH', path: '/variables/name/x', status, detail: 'no' });
const FORBIDDEN = refusal(403);
const AWAY = new OrchestratorUnavailableError('Storing a variable', 'here');
const FAULT = new OrchestratorUnavailableError('Storing a variable', 'here', { cause: refusal(500) });
const UNAUTHORIZED = new OrchestratorUnauthorizedError('Storing a variable', 'here', 'set it');
const DAY_MS = 86_400_000;
const A = { cluster: 'a' };
const B = { cluster: 'b' };

function createSubject() {
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const put: ApiVariableCreate[] = [];
  const listed: unknown[] = [];
  const server = { failure: null as Error | null, answered: Promise.resolve(), rows: [] as ApiVariable[] };
  const places = new StoredPlaces({
    variables: {
      put: async (variable) => {
        put.push(variable);
        await server.answered;
        if (server.failure) throw server.failure;
      },
      list: async (text, limit) => {
        listed.push([text, limit]);
        if (server.failure) throw server.failure;
        return server.rows;
      },
    },
    clock,
    logger,
    serverNowMs: () => clock.nowMs(),
    workPoolName: 'p',
  });
  const warnings = () => logger.messages('warn');
  return { clock, listed, places, put, server, warnings };
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => null,
    (error: unknown) => error,
  );
}

describe('StoredPlaces', () => {
  describe('remember', () => {
    it('stores each place once a day', async () => {
      const { clock, places, put } = createSubject();
      for (const place of [A, B, A, B]) await places.remember(place);
      expect(put).to.deep.equal([placeVariable('p', A), placeVariable('p', B)]);

      await clock.advance(DAY_MS);
      await places.remember(B);

      expect(put.slice(2)).to.deep.equal([placeVariable('p', B)]);
    });

    it('makes concurrent launches in a new place wait for one request', async () => {
      const { places, put, server } = createSubject();
      let answer = (): void => {};
      server.answered = new Promise((resolve) => {
        answer = resolve;
      });
      let done = 0;
      const launches = [A, A, A].map(async (place) => {
        await places.remember(place);
        done += 1;
      });
      await new Promise(setImmediate);
      expect([put.length, done]).to.deep.equal([1, 0]);

      answer();
      await Promise.all(launches);
    });

    it('rejects while the server is unavailable or rejects the credentials, and stores the place with the next call', async () => {
      const { places, put, server, warnings } = createSubject();
      for (const failure of [AWAY, UNAUTHORIZED]) {
        server.failure = failure;
        expect(await failureOf(places.remember(A))).to.equal(failure);
      }
      server.failure = null;
      await places.remember(A);

      expect(put).to.have.length(3);
      expect(warnings()).to.deep.equal([]);
    });

    it('resolves with one warning if the server refuses, and tries again after ten minutes', async () => {
      const { clock, places, put, server, warnings } = createSubject();
      server.failure = FORBIDDEN;
      for (const place of [A, B, A]) await places.remember(place);
      expect(put).to.have.length(1);
      await clock.advance(600_000);
      await places.remember(A);

      expect(put).to.have.length(2);
      expect(warnings()).to.have.length(1);
      expect(warnings()[0]).to.match(/Storing where runs are launched .* failed.* Allow the worker to read and write/);

      await clock.advance(600_000);
      server.failure = null;
      await places.remember(A);
      await places.remember(A);
      expect(put).to.have.length(3);
    });

    it('counts one response with 500 once, however many launches wait for it', async () => {
      const { places, put, server } = createSubject();
      server.failure = FAULT;

      const failures = await Promise.all([A, A, A, A].map((place) => failureOf(places.remember(place))));

      expect(put).to.have.length(1);
      expect(failures).to.deep.equal([FAULT, FAULT, FAULT, FAULT]);
    });

    it('counts responses with 500 as a refusal only after three in a row', async () => {
      const { places, server, warnings } = createSubject();
      server.failure = FAULT;
      expect(await failureOf(places.remember(A))).to.equal(FAULT);
      expect(await failureOf(places.remember(A))).to.equal(FAULT);
      server.failure = null;
      await places.remember(A);
      server.failure = FAULT;
      for (const expected of [FAULT, FAULT, null]) expect(await failureOf(places.remember(B))).to.equal(expected);

      expect(warnings()).to.have.length(1);
    });
  });

  describe('read', () => {
    const rowOf = (clock: ManualClock, pool: string, place: object, daysAgo = 0): ApiVariable => ({
      ...placeVariable(pool, { ...place }),
      updated: new Date(clock.nowMs() - daysAgo * DAY_MS).toISOString(),
    });

    it('returns the places of the pool where something was launched within ninety days', async () => {
      const { clock, listed, places, server } = createSubject();
      server.rows = [
        rowOf(clock, 'p', B),
        rowOf(clock, 'p-2', { cluster: 'other' }),
        { name: 'worker_host_place_p_of_a_user', value: 'text' },
        rowOf(clock, 'p', A, 89),
        rowOf(clock, 'p', { cluster: 'old' }, 91),
      ];

      expect(await places.read()).to.deep.equal([B, A]);
      expect(listed).to.deep.equal([[placeNamesBegin('p'), 100]]);
    });

    it('rejects while the server is unavailable', async () => {
      const { places, server } = createSubject();
      server.failure = AWAY;

      expect(await failureOf(places.read())).to.equal(AWAY);
    });

    it('returns none, with one warning, if the server refuses', async () => {
      const { clock, places, server, warnings } = createSubject();
      server.failure = FORBIDDEN;
      server.rows = [rowOf(clock, 'p', A)];

      expect([await places.read(), await places.read()]).to.deep.equal([[], []]);
      expect(warnings()).to.have.length(1);
      server.failure = null;
      expect(await places.read()).to.deep.equal([A]);
    });
  });
});
