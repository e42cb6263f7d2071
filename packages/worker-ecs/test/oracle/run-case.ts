import type { OracleCase } from './case-types.js';
import { messageOf } from './compare/about.js';
import type { Difference } from './compare/difference.js';
import { differencesOfFunction } from './kinds/function-kind.js';
import { differencesOfKill } from './kinds/kill-kind.js';
import { differencesOfObservation } from './kinds/observe-kind.js';
import { differencesOfRun } from './kinds/run-kind.js';
import { SUPERSEDED_CASES } from './superseded-cases.js';

/**
 * Runs a case. Returns no difference if everything is as recorded, or differs as allowed. A superseded case must
 * differ: otherwise its mark is out of date.
 */
export async function runCase(oracleCase: OracleCase): Promise<readonly Difference[]> {
  try {
    const found = await differencesOf(oracleCase);
    if (!isSuperseded(oracleCase)) return found;
    return found.length > 0
      ? []
      : [{ path: '(superseded)', expected: 'not what Prefect 3.8.8 gives', got: 'the same' }];
  } catch (error) {
    return [{ path: '(runner)', expected: 'the case to run', got: messageOf(error) }];
  }
}

/** Returns whether a later version of Prefect behaves differently in the case. */
export function isSuperseded({ area, name }: OracleCase): boolean {
  return SUPERSEDED_CASES.has(`${area}/${name}`);
}

function differencesOf(oracleCase: OracleCase): Promise<readonly Difference[]> {
  switch (oracleCase.kind) {
    case 'run':
      return differencesOfRun(oracleCase);
    case 'kill':
      return differencesOfKill(oracleCase);
    case 'function':
      return differencesOfFunction(oracleCase);
    case 'observe':
      return differencesOfObservation(oracleCase);
  }
}
