import { readFileSync } from 'node:fs';
import { check, checkEqual, until } from '../harness/checks.js';
import type { Scenario } from '../harness/scenario.js';
import type { World } from '../harness/world.js';
import type { Json } from '../server/prefect-client.js';
import { answerOfPython } from './templating-records.js';

const RECORDS = new URL('../../../../../packages/worker-host/test/fixtures/version-records.json', import.meta.url);

/** Probes that need a server; all others are played by Prefect's library alone. */
const ON_SERVER: Readonly<Record<string, (world: World, parts: readonly Json[]) => Promise<unknown>>> = {
  listedInteger,
  leaseAfterForcedState,
};
/** Played by the scenario of flows that end while the API is away. */
const ELSEWHERE: ReadonlySet<string> = new Set(['exitAfterUnheardEnd']);

/** The outcome that is recorded of a version for a probe. */
export function recordedOutcome(probe: string, version: string): Json {
  const record = recordsOf().find((each) => each.probe === probe);
  if (!record) throw new Error(`no record of ${probe}`);
  return record.outcomes[version];
}

/** The unit tests compare ours with these records; this compares the records with the Prefect that is installed. */
export const versionRecords: Scenario = {
  name: 'the records of what differs between the versions of Prefect are what the installed version does',
  isForOldest: true,
  play: async (world) => {
    const { prefectVersion } = world.parts.python;
    const records = recordsOf().filter(({ probe }) => !ELSEWHERE.has(probe));
    const ofLibrary = records.filter(({ probe }) => !(probe in ON_SERVER));
    const outcomes = (await answerOfPython(world, 'record_versions.py', JSON.stringify(ofLibrary))) as readonly Json[];
    for (const [index, { name, outcomes: recorded }] of ofLibrary.entries()) {
      checkEqual(outcomes[index], recorded[prefectVersion], `outcome of the record ${name}`);
    }
    for (const { name, probe, arguments: parts, outcomes: recorded } of records) {
      const play = ON_SERVER[probe];
      if (play) checkEqual(await play(world, parts), recorded[prefectVersion], `outcome of the record ${name}`);
    }
  },
};

function recordsOf(): readonly Json[] {
  return JSON.parse(readFileSync(RECORDS, 'utf8')) as readonly Json[];
}

/** Status of a list with a run in it that has this integer as a parameter. */
async function listedInteger(world: World, [digits]: readonly Json[]): Promise<number> {
  const post = (path: string, body: string) =>
    fetch(world.api.apiUrl + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const flow = await world.api.post('/flows/', { name: 'big-integer' });
  const { id } = await until('a busy server makes the run', async (): Promise<Json | null> => {
    const made = await post('/flow_runs/', `{"flow_id": "${flow.id}", "parameters": {"n": ${digits}}}`);
    const run = (await made.json()) as Json;
    return made.ok ? run : null;
  });
  const listed = await post('/flow_runs/filter', JSON.stringify({ flow_runs: { id: { any_: [id] } } }));
  await listed.arrayBuffer();
  await world.api.delete(`/flow_runs/${id}`);
  return listed.status;
}

async function leaseAfterForcedState(world: World): Promise<string> {
  const flow = await world.api.post('/flows/', { name: 'held-place' });
  const deployment = await world.api.post('/deployments/', { name: 'd', flow_id: flow.id, concurrency_limit: 1 });
  const run = await world.api.post(`/deployments/${deployment.id}/create_flow_run`, {});
  const leaseAfter = async (type: string, force: boolean): Promise<unknown> => {
    const answer = await world.api.post(`/flow_runs/${run.id}/set_state`, { force, state: { type, name: type } });
    checkEqual(answer.status, 'ACCEPT', `answer to ${type}`);
    return answer.state.state_details.deployment_concurrency_lease_id ?? null;
  };
  const lease = await leaseAfter('PENDING', false);
  check(lease !== null, 'a run of a limited deployment holds a lease');
  await leaseAfter('RUNNING', false);
  const after = await leaseAfter('PENDING', true);
  await world.api.delete(`/flow_runs/${run.id}`);
  return after === lease ? 'kept' : 'dropped';
}
