import { FakeClock, workerContract } from '@worker-host/testing';
import { Agent } from 'undici';
import { RestApi } from '../src/api/rest-api.js';
import { plugin } from '../src/index.js';
import { KubernetesConfiguration } from '../src/kubernetes-configuration.js';
import { KubernetesWorker } from '../src/kubernetes-worker.js';
import { FakeCluster } from './fake-cluster.js';

const STEP_MS = 2_000;

workerContract({
  runner: { describe, it, before, after },
  plugin,
  arrange: async () => {
    const cluster = await FakeCluster.open();
    const { server } = cluster;
    const clock = new FakeClock();
    const during = (begin: () => void, end: () => void) => {
      begin();
      return end;
    };
    const workerOf = (workPoolName: string): KubernetesWorker => {
      const options = {
        workerType: plugin.type,
        workerName: 'a-worker',
        workPoolName,
        environment: {},
        hostCollectsOutput: true,
      };
      const connect = async () => {
        const dispatcher = new Agent();
        const close = () => dispatcher.destroy();
        return new RestApi({ server: server.address, dispatcher, token: async () => server.token, close });
      };
      return new KubernetesWorker(options, clock, connect);
    };
    return {
      createWorker: () => workerOf('a pool'),
      createWorkerOfAnotherPool: () => workerOf('another pool'),
      configurationFor: (job) => {
        const command = job.kind === 'ends' ? `exit ${job.exitCode}` : 'sleep infinity';
        return Object.assign(new KubernetesConfiguration(), { image: 'busybox:1', command });
      },
      brokenConfiguration: () => Object.assign(new KubernetesConfiguration(), { image: 'busybox:1', cpu: 'lots' }),
      release: (flowRunId) => cluster.release(flowRunId),
      launchesOf: (flowRunId) => cluster.launchesOf(flowRunId),
      launchedWith: (flowRunId) => ({ env: cluster.environmentOf(flowRunId), labels: cluster.labelsOf(flowRunId) }),
      print: (flowRunId, lines) => cluster.print(flowRunId, lines),
      unknownPid: 'cluster-of-tests:default:worker-host-0123',
      outage: () =>
        during(
          () => {
            server.isAway = true;
          },
          () => {
            server.isAway = false;
          },
        ),
      withoutAccess: () =>
        during(
          () => {
            server.isTokenRefused = true;
          },
          () => {
            server.isTokenRefused = false;
          },
        ),
      withoutCapacity: () =>
        during(
          () => {
            server.isQuotaUsedUp = true;
          },
          () => {
            server.isQuotaUsedUp = false;
          },
        ),
      loseNextAnswer: () => {
        server.losesNextAnswer = true;
      },
      ignoreNextStop: (flowRunId) => void server.ignoredDeletions.add(flowRunId),
      slowStop: (flowRunId) => cluster.slowStop(flowRunId),
      graceOf: (flowRunId) => server.graces.get(flowRunId) ?? -1,
      letTimePass: async () => {
        cluster.live();
        await new Promise((resolve) => setTimeout(resolve, 2));
        await clock.advance(STEP_MS);
      },
      pendingSleeps: () => clock.pendingSleeps.length,
      dispose: () => cluster.close(),
    };
  },
});
