import type { JsonObject, WorkerResult } from '@worker-host/core';

/** What is stored of a job's end: exit status, phases, diagnosis, launches. */
export function runResultFacts(result: WorkerResult, relaunches: number): JsonObject {
  const { end } = result;
  const diagnosis = end?.diagnosis ?? null;
  return {
    infrastructurePid: result.identifier,
    statusCode: result.statusCode,
    exitCode: end?.exitCode ?? null,
    stopRequested: end?.stopRequested ?? null,
    userCodeRan: end?.userCodeRan ?? 'unknown',
    phasesSeconds: end === null ? {} : { ...end.phasesSeconds },
    diagnosis:
      diagnosis === null
        ? null
        : {
            kind: diagnosis.kind,
            level: diagnosis.level,
            summary: diagnosis.summary,
            detail: diagnosis.detail,
            resolution: diagnosis.resolution,
          },
    relaunches: Math.max(relaunches, end?.relaunch ?? 0),
    facts: end?.facts ?? {},
  };
}
