import { WorkerNotReadyError } from '@worker-host/core';
import { type MemoryConfiguration, MemoryWorker } from '../memory-worker.js';
import { type BrokenWorker, nextNumber } from './broken-worker.js';

/** Workers that report wrong facts about themselves. */
export const BROKEN_IDENTITIES: readonly BrokenWorker[] = [
  {
    fault: 'has another type than its plugin',
    rule: 'identity: serves the type of its plugin',
    workerClass: class extends MemoryWorker {
      override readonly type = 'other';
    },
  },
  {
    fault: 'declares a capability that is not a boolean',
    rule: 'identity: declares each capability as true or false, the same in every worker',
    workerClass: class extends MemoryWorker {
      override readonly capabilities = { canKill: true, canResume: true, canList: 1 as unknown as boolean };
    },
  },
  {
    fault: 'declares different capabilities in each worker',
    rule: 'identity: declares each capability as true or false, the same in every worker',
    workerClass: class extends MemoryWorker {
      override readonly capabilities = { canKill: true, canResume: nextNumber() % 2 === 0, canList: true };
    },
  },
  {
    fault: 'implements more capabilities than it declares',
    rule: 'identity: has the methods of the capabilities it declares, and refuses the others with NOT_SUPPORTED_BY_WORKER',
    workerClass: class extends MemoryWorker {
      override readonly capabilities = { canKill: true, canResume: true, canList: false };
    },
  },
  {
    fault: 'reports no problem although it is unhealthy',
    rule: 'identity: reports its health',
    workerClass: class extends MemoryWorker {
      override health() {
        return { isHealthy: false, problems: [] };
      }
    },
  },
  {
    fault: 'is never ready',
    rule: 'identity: is ready when its infrastructure is reachable, and launches nothing to check it',
    workerClass: class extends MemoryWorker {
      override checkReady(): Promise<void> {
        return Promise.reject(new WorkerNotReadyError('memory', 'it never is'));
      }
    },
  },
  {
    fault: 'launches a job to find out whether it is ready',
    rule: 'identity: is ready when its infrastructure is reachable, and launches nothing to check it',
    workerClass: class extends MemoryWorker {
      override async checkReady({ labels, env }: MemoryConfiguration): Promise<void> {
        const { 'flow-run-id': flowRunId = '' } = labels;
        const job = { kind: 'ends', exitCode: 0 } as const;
        this.memory.launch('check', { flowRunId, attemptId: '', relaunch: 0, pool: this.pool, job, env, labels });
      }
    },
  },
];
