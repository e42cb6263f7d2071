import type { Clock } from '@worker-host/core';

import type { AssumptionValues } from '../assumptions/assumptions.js';
import type { VpcSpec } from '../ec2/network-model.js';
import type { PhaseDurations } from '../ecs/running/phase-durations.js';
import type { SimulatedJob } from '../ecs/running/simulated-job.js';
import type { FargateQuotas } from '../quotas/quota-service.js';
import type { RequestRules } from '../requests/request-reader.js';
import type { BucketLimits } from '../throttling/buckets.js';

/** Behaviour of AWS, in-process or behind a server. Every member is optional. */
export interface InProcessAwsOptions {
  /** Account of callers whose key belongs to no other account. Default: `123456789012`. */
  account?: string;
  /** Account by access key, for tests with credentials of several accounts. */
  accounts?: Readonly<Record<string, string>>;
  /** Region of callers without one, and of `environment`. Every region is served. Default: `us-east-1`. */
  region?: string;
  /** `aws`: throttle calls by AWS's documented token buckets; or custom limits. Default: `off`. */
  throttling?: 'off' | 'aws' | Readonly<Record<string, BucketLimits>>;
  /** Time that a task spends in its phases. Default: `fast`, some milliseconds. `realistic`: as on Fargate. */
  phases?: 'fast' | 'realistic' | Partial<PhaseDurations>;
  /** Queue that receives an `ECS Task State Change` event for every change of a task; created if it does not exist. */
  eventsQueue?: string;
  /** Environment of every task, with lower precedence than its own: what an image would set, such as `PATH`. */
  taskEnvironment?: Readonly<Record<string, string>>;
  /** Values for `secrets` of container definitions, by `valueFrom`. Others get a placeholder. */
  secrets?: Readonly<Record<string, string>>;
  /**
   * Run no process: every task behaves as this recipe says, such as `sleep=30;exit=0`, or as a function decides that is
   * called when a container starts.
   */
  simulate?: string | SimulatedJob;
  /** Seconds between SIGTERM and SIGKILL for containers without a `stopTimeout`. Default: 30. */
  defaultStopTimeoutSeconds?: number;
  /** EC2 instances in each cluster. 0: a launch on EC2 is rejected, as in AWS. Default: 1. */
  containerInstances?: number;
  /** VPCs of every account and region. Default: one default VPC with a subnet in each of three zones. */
  vpcs?: readonly VpcSpec[];
  /** Quotas of Fargate, of every account and region. Default: more than any test needs. */
  fargateQuotas?: FargateQuotas;
  /** Validity in seconds of credentials of AssumeRole. Default: the requested duration, otherwise 3600. */
  sessionSeconds?: number;
  /** Number of calls kept for `calls()`; the counters count all. Default: 5000. */
  keepCalls?: number;
  /**
   * `aws`: members that are not in the service model are dropped, as AWS's JSON services do. `botocore`: a request that
   * boto3 would not send is rejected. Default: `aws`.
   */
  requests?: RequestRules;
  /** Assumptions where the documents of AWS are silent. Default: the likelier ones. */
  assumptions?: Partial<AssumptionValues>;
  /** Seed of all random numbers and ids. Default: random numbers of the clock, and random ids. */
  seed?: number;
  /** Time and randomness. Default: those of the system. */
  clock?: Clock;
}

/** Options of a local AWS that runs as a server. Every member is optional. */
export interface LocalAwsOptions extends InProcessAwsOptions {
  /** Port to listen on. Default: 0, a free one. */
  port?: number;
  /** Address to listen on. Default: `127.0.0.1`. Tasks are processes of this machine: do not expose it to a network. */
  host?: string;
  /** Working directory of every task. Default: a separate empty one, removed with the task. */
  workingDirectory?: string;
  /** Leave task processes running when the server ends. Default: false. */
  keep?: boolean;
}
