import { OLDEST_PREFECT_VERSION, PREFECT_VERSION } from '@worker-host/core';

/** A version of Prefect that the suite runs against, newest first. */
export interface PrefectPin {
  readonly version: string;
  /** All that pip installs for it. */
  readonly requirements: readonly string[];
  /** Minor version of the oldest Python 3 that it runs on. */
  readonly oldestPythonMinor: number;
}

const PREFECT_AWS = 'prefect-aws==0.7.12';

/** FastAPI is pinned for 3.8, because newer versions break or change its server; 3.9 pins it itself. */
export const PREFECT_PINS: readonly [newest: PrefectPin, oldest: PrefectPin] = [
  {
    version: PREFECT_VERSION,
    requirements: [`prefect==${PREFECT_VERSION}`, PREFECT_AWS],
    oldestPythonMinor: 11,
  },
  {
    version: OLDEST_PREFECT_VERSION,
    requirements: [`prefect==${OLDEST_PREFECT_VERSION}`, PREFECT_AWS, 'fastapi<0.151'],
    oldestPythonMinor: 10,
  },
];
