import 'reflect-metadata';
import { definePlugin, TOKENS } from '@worker-host/core';
import { instanceCachingFactory } from 'tsyringe';
import { JobConfiguration, JobVariables } from './job-configuration.js';
import { JobWorker } from './job-worker.js';

export { JobConfiguration, JobVariables, JobWorker };

export const plugin = definePlugin({
  type: '__TYPE__',
  displayName: '__TYPE__',
  description: 'Runs each job as a shell of the machine the worker runs on.',
  configuration: JobConfiguration,
  variables: JobVariables,
  register(container) {
    container.register(TOKENS.Worker, {
      useFactory: instanceCachingFactory(
        (parts) => new JobWorker(parts.resolve(TOKENS.WorkerOptions), parts.resolve(TOKENS.Clock)),
      ),
    });
  },
});
