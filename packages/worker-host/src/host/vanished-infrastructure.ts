import { WorkerResult } from '@worker-host/core';

/** The end of a job whose infrastructure is gone without a trace. */
export function vanishedInfrastructure(infrastructurePid: string, relaunch: number): WorkerResult {
  return new WorkerResult(infrastructurePid, -1, {
    exitCode: null,
    stopRequested: false,
    userCodeRan: 'unknown',
    relaunchable: false,
    diagnosis: {
      kind: 'infrastructure-gone',
      level: 'error',
      summary: 'The infrastructure of the job no longer exists, so its exit status is not known.',
      detail: `Nothing is known any more of ${infrastructurePid}.`,
      resolution: null,
    },
    phasesSeconds: {},
    logTail: [],
    relaunch,
    facts: {},
  });
}
