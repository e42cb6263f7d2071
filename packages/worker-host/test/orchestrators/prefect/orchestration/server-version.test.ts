import { OrchestratorUnavailableError } from '@worker-host/core';
import { RecordingLogger } from '@worker-host/testing';
import { expect } from 'chai';
import { checkServerVersion } from '../../../../src/orchestrators/prefect/orchestration/server-version.js';
import type { PrefectParts } from '../../../../src/orchestrators/prefect/prefect-parts.js';
import { PrefectNotFoundError } from '../../../../src/orchestrators/prefect/rest/rest-errors.js';

describe('checkServerVersion', () => {
  const check = async (version: string | Error, connection = { isVersionChecked: true, isCloud: false }) => {
    const logger = new RecordingLogger();
    const api = {
      readServerVersion: async () => {
        if (version instanceof Error) throw version;
        return version;
      },
    };
    const found = await failureOrValue(checkServerVersion({ api, connection, logger } as unknown as PrefectParts));
    return [found, logger.messages('warn').length];
  };
  const failureOrValue = (promise: Promise<unknown>) =>
    promise.catch((error: { code?: string }) => error.code ?? error);

  it('rejects a server of another major version, and warns of one that is too old', async () => {
    expect(await check('3.8.8')).to.deep.equal(['3.8.8', 0]);
    expect(await check('3.8.7')).to.deep.equal(['3.8.7', 1]);
    expect(await check('3.7.99')).to.deep.equal(['3.7.99', 1]);
    expect(await check('3.8.9')).to.deep.equal(['3.8.9', 0]);
    expect(await check('3.9.0')).to.deep.equal(['3.9.0', 0]);
    expect(await check('2.20.0')).to.deep.equal(['PREFECT_SERVER_VERSION', 0]);
    expect(await check('4.0.0')).to.deep.equal(['PREFECT_SERVER_VERSION', 0]);
    expect(await check('main')).to.deep.equal(['main', 0]);
  });

  it('returns null for a server that is unavailable, or does not report its version', async () => {
    const refusal = { method: 'GET' as const, path: '/', status: 404, detail: 'x' };
    const bug = new TypeError('a bug');

    expect((await check(new OrchestratorUnavailableError('Reading', 'there')))[0]).to.equal(null);
    expect((await check(new PrefectNotFoundError(refusal)))[0]).to.equal(null);
    expect((await check(bug))[0]).to.equal(bug);
  });

  it('makes no request if the check is disabled', async () => {
    const failure = new Error('it is not to be asked');

    expect((await check(failure, { isVersionChecked: false, isCloud: false }))[0]).to.equal(null);
    expect((await check(failure, { isVersionChecked: false, isCloud: true }))[0]).to.match(/^3\./);
  });
});
