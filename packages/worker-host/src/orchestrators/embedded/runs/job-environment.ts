import { type FlowRun, stringifyJson } from '@worker-host/core';
import { arrayPlaceOf } from './run-arrays.js';

/** What the job of a run finds in its environment: the run, its parameters, and its place in an array. */
export function jobEnvironmentOf(flowRun: FlowRun): Readonly<Record<string, string>> {
  const hasParameters = Object.keys(flowRun.parameters).length > 0;
  const place = arrayPlaceOf(flowRun);
  return {
    WORKER_HOST_FLOW_RUN_ID: flowRun.id,
    ...(hasParameters ? { WORKER_HOST_PARAMETERS: stringifyJson(flowRun.parameters) } : {}),
    ...(place === null
      ? {}
      : {
          WORKER_HOST_ARRAY_RUN_ID: place.arrayId,
          WORKER_HOST_ARRAY_INDEX: String(place.index),
          WORKER_HOST_ARRAY_SIZE: String(place.size),
        }),
  };
}
