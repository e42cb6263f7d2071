import type { OracleCase } from './case-types.js';
import { messageOf } from './compare/about.js';
import type { Difference } from './compare/difference.js';
import { differencesOfFunction } from './kinds/function-kind.js';
import { differencesOfKill } from './kinds/kill-kind.js';
import { differencesOfObservation } from './kinds/observe-kind.js';
import { differencesOfRun } from './kinds/run-kind.js';

/** Runs a case. Empty: everything is as recorded, or differs as it may. */
export async function runCase(oracleCase: OracleCase): Promise<readonly Difference[]> {
  try {
    return await differencesOf(oracleCase);
  } catch (error) {
    return [{ path: '(runner)', expected: 'the case to run', got: messageOf(error) }];
  }
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
