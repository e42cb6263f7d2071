import { WorkerResult } from '@worker-host/core';

/** The outcome of an ECS task that has ended. `identifier`: `<cluster>::<task ARN>`. */
export class ECSWorkerResult extends WorkerResult {}
