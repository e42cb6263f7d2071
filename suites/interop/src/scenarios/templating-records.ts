import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { isDeepStrictEqual } from 'node:util';
import { check, checkEqual } from '../harness/checks.js';
import type { Scenario } from '../harness/scenario.js';
import { FLOWS, type World } from '../harness/world.js';
import type { Json } from '../server/prefect-client.js';

const RECORDS = new URL('../../../../../packages/worker-core/test/fixtures/templating-records.json', import.meta.url);
/** Prefect walks a hash set in places: each seed is another order. */
const HASH_SEEDS = ['1', '2'];

/** The unit tests compare ours with these records; this compares the records with the Prefect that is installed. */
export const templatingRecords: Scenario = {
  name: 'the records of Prefect’s templating are what the installed version gives',
  isForOldest: true,
  play: async (world) => {
    const records = JSON.parse(readFileSync(RECORDS, 'utf8')) as readonly Json[];
    for (const seed of HASH_SEEDS) {
      const calls = JSON.stringify(records);
      const outcomes = (await answerOfPython(world, 'call_templating.py', calls, seed)) as readonly Json[];
      const strays = records.flatMap((record, at) => {
        const known: readonly Json[] = record.outcomes[world.parts.python.prefectVersion];
        return known.some((outcome) => isDeepStrictEqual(outcome, outcomes[at])) ? [] : [[record.name, outcomes[at]]];
      });
      checkEqual(strays, [], `outcomes that are not recorded, hash seed ${seed}`);
    }
  },
};

/** What a program of the installed Prefect answers: JSON on standard input, JSON on standard output. */
export async function answerOfPython(world: World, program: string, input: string, hashSeed = '0'): Promise<Json> {
  const { bin } = world.parts.python;
  const child = spawn(`${bin}/python`, [`${FLOWS}${program}`], {
    env: { PATH: `${bin}:${process.env.PATH ?? ''}`, HOME: world.parts.folder, PYTHONHASHSEED: hashSeed },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(input);
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  check(code === 0, `Python ended with ${code}: ${errors.slice(-1000)}`);
  return JSON.parse(output);
}
