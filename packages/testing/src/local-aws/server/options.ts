import type { Clock } from '@worker-host/core';

import type { AssumptionValues } from '../assumptions/assumptions.js';
import type { VpcSpec } from '../ec2/network-model.js';
import type { PhaseDurations } from '../ecs/running/phase-durations.js';
import type { SimulatedJob } from '../ecs/running/simulated-job.js';
import type { FargateQuotas } from '../quotas/quota-service.js';
import type { RequestRules } from '../requests/request-reader.js';
import type { BucketLimits } from '../throttling/buckets.js';

/** How AWS behaves, in this process or behind a server. Every member is optional. */
export interface InProcessAwsOptions {
  /** Account of callers whose key no other account owns. Default: `123456789012`. */
  account?: string;
  /** Account by access key, so that a test can have credentials of several accounts. */
  accounts?: Readonly<Record<string, string>>;
  /** Region of callers that name none, and of `environment`. Every region is served. Default: `us-east-1`. */
  region?: string;
  /** `aws`: refuse calls by AWS's documented token buckets; or limits of your own. Default: `off`. */
  throttling?: 'off' | 'aws' | Readonly<Record<string, BucketLimits>>;
  /** Time a task spends in its phases. Default: `fast`, some milliseconds. `realistic`: as on Fargate. */
  phases?: 'fast' | 'realistic' | Partial<PhaseDurations>;
  /** Queue that gets an `ECS Task State Change` event for every change of a task; created when missing. */
  eventsQueue?: string;
  /** Environment of every task, under its own: what a container gives by its image, such as `PATH`. */
  taskEnvironment?: Readonly<Record<string, string>>;
  /** Values for `secrets` of container definitions, by `valueFrom`. Others get a placeholder. */
  secrets?: Readonly<Record<string, string>>;
  /**
   * Run no process; let every task behave as this recipe says, such as `sleep=30;exit=0`, or as a function decides
   * that is called when a container starts.
   */
  simulate?: string | SimulatedJob;
  /** Seconds between SIGTERM and SIGKILL for containers that state no `stopTimeout`. Default: 30. */
  defaultStopTimeoutSeconds?: number;
  /** EC2 instances each cluster has. 0: a launch on EC2 is refused as AWS does. Default: 1. */
  containerInstances?: number;
  /** VPCs of every account and region. Default: one default VPC with a subnet in each of three zones. */
  vpcs?: readonly VpcSpec[];
  /** Quotas of Fargate, of every account and region. Default: more than any test needs. */
  fargateQuotas?: FargateQuotas;
  /** Seconds that credentials of AssumeRole are valid. Default: what the caller asks for, else 3600. */
  sessionSeconds?: number;
  /** Calls kept for `calls()`; the counters count on. Default: 5000. */
  keepCalls?: number;
  /**
   * `aws`: members that the service model does not know are dropped, as AWS's JSON services do. `botocore`: a request
   * that boto3 would not send is refused. Default: `aws`.
   */
  requests?: RequestRules;
  /** What is assumed of AWS where its documents say nothing. Default: what is likelier. */
  assumptions?: Partial<AssumptionValues>;
  /** Seed of all chance and of all ids. Default: chance is the clock's, ids are random. */
  seed?: number;
  /** Time and chance. Default: the machine's. */
  clock?: Clock;
}

/** How a local AWS behaves that is a server. Every member is optional. */
export interface LocalAwsOptions extends InProcessAwsOptions {
  /** Port to listen on. Default: 0, a free one. */
  port?: number;
  /** Address to listen on. Default: `127.0.0.1`. Tasks are processes of this machine: do not open it to a network. */
  host?: string;
  /** Working directory of every task. Default: an empty one of its own, removed with the task. */
  workingDirectory?: string;
  /** Leave task processes running when the server ends. Default: false. */
  keep?: boolean;
}
