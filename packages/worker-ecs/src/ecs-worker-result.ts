import { WorkerResult } from '@worker-host/core';

/** The result of an ECS task that has ended. `identifier`: `<cluster>::<task ARN>`. */
export class ECSWorkerResult extends WorkerResult {}
