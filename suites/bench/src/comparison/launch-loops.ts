import { setTimeout as sleep } from 'node:timers/promises';
import { type LocalAws, startLocalAws } from '@worker-host/testing/local-aws';
import { RUNS } from './launches.js';

/** As AWS's command line and SDKs do by default: three tries, and a random pause of up to 1 s, then 2 s. */
const TRIES = 3;
const FIRST_PAUSE_MS = 1000;
const FAMILY = 'loop';

/** What loops of RunTask calls did. */
export interface LoopResult {
  /** When each launch was accepted, in seconds since the start. */
  readonly launches: readonly number[];
  /** Launches refused at each try. */
  readonly lost: number;
}

/** 300 RunTask calls under AWS's documented rate limits, by `loops` concurrent loops without a worker or a server. */
export async function measureLoops(loops: number): Promise<LoopResult> {
  const aws = await startLocalAws({ simulate: 'sleep=forever', throttling: 'aws' });
  try {
    const request = await requestOf(aws);
    const startedMs = Date.now();
    const launches: number[] = [];
    let left = RUNS;
    const loop = async (): Promise<void> => {
      for (; left > 0; ) {
        left -= 1;
        if (await isLaunched(aws, request)) launches.push((Date.now() - startedMs) / 1000);
      }
    };
    await Promise.all(Array.from({ length: loops }, loop));
    return { launches, lost: RUNS - launches.length };
  } finally {
    await aws.close();
  }
}

async function requestOf(aws: LocalAws): Promise<Record<string, unknown>> {
  await aws.call('ecs:RegisterTaskDefinition', {
    family: FAMILY,
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    containerDefinitions: [{ name: 'job', image: 'loop' }],
  });
  const subnets = [...aws.network.subnets.keys()];
  const networkConfiguration = { awsvpcConfiguration: { subnets, assignPublicIp: 'ENABLED' } };
  return { taskDefinition: FAMILY, launchType: 'FARGATE', networkConfiguration };
}

async function isLaunched(aws: LocalAws, request: Record<string, unknown>): Promise<boolean> {
  for (let tried = 1; ; tried += 1) {
    try {
      await aws.call('ecs:RunTask', request);
      return true;
    } catch (error) {
      if (!(error instanceof Error && error.name === 'ThrottlingException')) throw error;
      if (tried === TRIES) return false;
      await sleep(Math.random() * FIRST_PAUSE_MS * 2 ** (tried - 1));
    }
  }
}
