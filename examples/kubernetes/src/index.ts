import 'reflect-metadata';
import { definePlugin, TOKENS } from '@worker-host/core';
import { instanceCachingFactory } from 'tsyringe';
import { KubernetesConfiguration, KubernetesVariables } from './kubernetes-configuration.js';
import { KubernetesWorker } from './kubernetes-worker.js';

/** Runs jobs as Kubernetes Jobs. */
export const plugin = definePlugin({
  type: 'kubernetes',
  displayName: 'Kubernetes',
  description: 'Runs each job as a Kubernetes Job.',
  configuration: KubernetesConfiguration,
  variables: KubernetesVariables,
  register(container) {
    container.register(TOKENS.Worker, {
      useFactory: instanceCachingFactory((parts) => {
        const [options, clock] = [parts.resolve(TOKENS.WorkerOptions), parts.resolve(TOKENS.Clock)];
        // Loaded on demand: inspecting a plugin does not connect to anything.
        const connect = async () => {
          const { findAccess } = await import('./access/find-access.js');
          const { RestApi } = await import('./api/rest-api.js');
          return new RestApi(await findAccess(options.environment, clock));
        };
        return new KubernetesWorker(options, clock, connect);
      }),
    });
  },
  settings: ({ KUBECONFIG = null }) => [
    { name: 'KUBECONFIG', value: KUBECONFIG, default: 'the cluster the worker runs in, else ~/.kube/config' },
  ],
});
