import { randomUUID } from 'node:crypto';
import { isWorkerError } from '@worker-host/core';
import { expect } from 'chai';
import { Agent } from 'undici';
import { ApiStatusError } from '../src/api/api-status-error.js';
import type { Job } from '../src/api/kubernetes-objects.js';
import { RestApi } from '../src/api/rest-api.js';
import { environmentSecret, jobManifest } from '../src/jobs/job-manifest.js';
import { KubernetesConfiguration } from '../src/kubernetes-configuration.js';
import { FakeApiServer } from './fake-api-server.js';

/** A real API server to use instead of the fake: the responses must be the same. */
const { KUBERNETES_TEST_SERVER: realServer, KUBERNETES_TEST_TOKEN: realToken = '' } = process.env;

describe(`the responses of ${realServer ? 'a real' : 'the fake'} API server`, () => {
  let fake: FakeApiServer | null = null;
  let server: string;
  let token: string;
  let api: RestApi;
  const connect = (ownToken: string): RestApi => {
    const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
    return new RestApi({ server, dispatcher, token: async () => ownToken, close: () => dispatcher.destroy() });
  };
  before(async () => {
    if (!realServer) fake = await FakeApiServer.open();
    [server, token] = fake ? [fake.address, fake.token] : [realServer ?? '', realToken];
    api = connect(token);
  });
  after(async () => {
    await api.close();
    await fake?.close();
  });

  const launchOf = (name: string) => {
    const attempt = { flowRunId: randomUUID(), id: 'attempt 1', startedAtMs: 0 };
    return { name, attempt, poolLabel: name };
  };
  const create = async (over: Partial<KubernetesConfiguration> = {}, namespace = 'default'): Promise<Job> => {
    const configuration = Object.assign(new KubernetesConfiguration(), {
      image: 'busybox:1',
      command: 'true',
      ...over,
    });
    return await api.createJob(namespace, jobManifest(launchOf(`answers-${randomUUID()}`), configuration));
  };
  const refusal = async (promise: Promise<unknown>): Promise<string> => {
    const error = await promise.then(
      () => null,
      (reason: unknown) => reason,
    );
    if (error instanceof ApiStatusError) return `${error.status} ${error.reason}`;
    return isWorkerError(error) ? error.code : String(error);
  };

  it('store the contents of a job, and assign a uid', async () => {
    const { metadata } = await create({ labels: { ok: 'yes', 'prefect.io/flow-run-name': 'amber otter' } });

    expect(metadata.uid).to.match(/^[0-9a-f-]{36}$/);
    expect(metadata.labels).to.include({ ok: 'yes' }).and.not.have.property('prefect.io/flow-run-name');
    expect(metadata.annotations).to.include({ 'prefect.io/flow-run-name': 'amber otter' });
    const attempt = 'worker-host.dev/attempt-id';
    expect(metadata.annotations).to.include({ [attempt]: 'attempt 1' });
  });

  it('reject a name that exists', async () => {
    const { metadata } = await create();
    const configuration = Object.assign(new KubernetesConfiguration(), { image: 'busybox:1' });

    const again = api.createJob('default', jobManifest(launchOf(metadata.name), configuration));

    expect(await refusal(again)).to.equal('409 AlreadyExists');
  });

  for (const [what, over, expected] of [
    ['an empty image', { image: '' }, '422 Invalid'],
    ['a quantity that is none', { cpu: 'lots' }, '400 BadRequest'],
    ['an unknown pull policy', { imagePullPolicy: 'Maybe' }, '422 Invalid'],
  ] as const)
    it(`reject ${what}`, async () => {
      expect(await refusal(create(over))).to.equal(expected);
    });

  it('reject a job in a namespace that does not exist, and list none in it', async () => {
    expect(await refusal(create({}, 'never-was'))).to.equal('404 NotFound');
    expect(await api.listJobs('never-was', 'a=b')).to.deep.equal([]);
  });

  it('reject an unknown token', async () => {
    const stranger = connect('a-token-of-nobody');

    expect(await refusal(stranger.listJobs('default', 'a=b'))).to.equal('KUBERNETES_ACCESS_REFUSED');
    await stranger.close();
  });

  it('report objects that do not exist', async () => {
    expect(await api.readJob('default', 'never-was')).to.equal(null);
    expect(await api.patchJob('default', 'never-was', { spec: { suspend: true } })).to.equal(null);
    const request = { sinceTime: '2026-01-02T03:04:05Z', limitBytes: 10 };
    expect(await api.readLog('default', 'never-was', 'job', request)).to.equal(null);
    await api.deletePod('default', 'never-was', 3);
  });

  it('change a job by a merge patch', async () => {
    const { metadata } = await create({ labels: { kept: 'yes' } });
    await api.patchJob('default', metadata.name, { metadata: { annotations: { stop: 'now' } } });
    const patched = await api.patchJob('default', metadata.name, { spec: { suspend: true } });

    expect(patched?.spec.suspend).to.equal(true);
    expect(patched?.metadata.annotations).to.include({ kept: 'yes', stop: 'now' });
  });

  it('list by label, up to a limit', async () => {
    const { metadata } = await create();

    const selector = `worker-host.dev/launch=${metadata.name}`;
    expect((await api.listJobs('default', selector)).map(({ metadata: { name } }) => name)).to.deep.equal([
      metadata.name,
    ]);
    expect(await api.listJobs('default', `${selector}x`)).to.deep.equal([]);
    expect(await api.listJobs('default', '', 1)).to.have.length(1);
  });

  it('store a secret, and replace it', async () => {
    const { metadata } = await create();
    for (const value of ['one', 'two']) {
      const configuration = Object.assign(new KubernetesConfiguration(), { env: { VALUE: value } });
      const secret = environmentSecret(launchOf(metadata.name), configuration, metadata.uid ?? '');
      await api.putSecret('default', secret);
    }
  });
});
