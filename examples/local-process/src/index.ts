import 'reflect-metadata';
import { definePlugin, TOKENS } from '@worker-host/core';
import { instanceCachingFactory } from 'tsyringe';
import { LocalProcessConfiguration, LocalProcessVariables } from './local-process-configuration.js';
import { LocalProcessWorker } from './local-process-worker.js';

/** Runs jobs as processes of the worker's machine. */
export const plugin = definePlugin({
  type: 'local-process',
  displayName: 'Local process',
  description: 'Runs each job as a process of the machine the worker runs on.',
  configuration: LocalProcessConfiguration,
  variables: LocalProcessVariables,
  register(container) {
    container.register(TOKENS.Worker, {
      useFactory: instanceCachingFactory(
        (parts) => new LocalProcessWorker(parts.resolve(TOKENS.WorkerOptions), parts.resolve(TOKENS.Clock)),
      ),
    });
  },
});
