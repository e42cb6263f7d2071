import { CANCELS } from './cancels.js';
import { CLAIMS } from './claims.js';
import { EXPIRY } from './expiry.js';
import { FENCING } from './fencing.js';
import { LATE_ANSWERS } from './late-answers.js';
import type { Law } from './law.js';
import { OrchestratorTrial } from './orchestrator-trial.js';
import type { OrchestratorContractOptions, OrchestratorTraits } from './orchestrator-world.js';
import { ORDER_AND_LIMITS } from './order-and-limits.js';
import { RELEASE } from './release.js';
import { TAKE_OVER } from './take-over.js';

const AREAS: readonly (readonly [string, readonly Law[]])[] = [
  ['claims', CLAIMS],
  ['fencing', FENCING],
  ['expiry', EXPIRY],
  ['release', RELEASE],
  ['late answers', LATE_ANSWERS],
  ['cancels', CANCELS],
  ['take-over', TAKE_OVER],
  ['order and limits', ORDER_AND_LIMITS],
];

const ALL_TRAITS: OrchestratorTraits = {
  checksLimitsAtClaim: true,
  limitsResources: true,
  keepsOutputCursors: true,
  keepsLaunchPlaces: true,
};

/** Registers the tests that every control plane must pass: the laws of leases, each in a new world. */
export function orchestratorContract({ runner, name, traits, arrange }: OrchestratorContractOptions): void {
  runner.describe(`orchestrator contract: ${name}`, () => {
    for (const [area, laws] of AREAS) {
      runner.describe(area, () => {
        for (const law of laws) {
          runner.it(law.name, async () => {
            const trial = new OrchestratorTrial(await arrange(), { ...ALL_TRAITS, ...traits });
            try {
              await law.holds(trial);
            } finally {
              await trial.end();
            }
          });
        }
      });
    }
  });
}
