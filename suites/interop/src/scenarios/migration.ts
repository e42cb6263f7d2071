import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventPattern, LocalAws } from '@worker-host/testing/local-aws';
import { check, checkEqual, until } from '../harness/checks.js';
import type { Scenario } from '../harness/scenario.js';
import { FLOWS, type World } from '../harness/world.js';
import type { Json } from '../server/prefect-client.js';

const PREFECTS = 'prefects-worker';
const OURS = 'our-worker';
const OUR_QUEUE = 'worker-host-tasks-events';
const PREFECTS_QUEUE = 'prefect-ecs-tasks-events';
const LIGHT_RUNS = 10;
const DYING_RUNS = 2;
const LIGHT = `python3 -S ${FLOWS}light_engine.py`;

const PAGE = new URL('../../../../../docs/moving.md', import.meta.url);

interface Matcher {
  readonly exists?: false;
  readonly prefix?: string;
  readonly 'anything-but'?: { readonly prefix: string };
}

/** The two rules of the page: the first one feeds the queue of Prefect's worker, the second one ours. */
function rulesOfPage(): readonly [prefects: EventPattern, ours: EventPattern] {
  const blocks = [...readFileSync(PAGE, 'utf8').matchAll(/```json\n([\s\S]*?)```/g)].map(([, json]) =>
    JSON.parse(json ?? ''),
  );
  checkEqual(blocks.length, 2, 'rules in docs/moving.md');
  const [prefects, ours] = blocks.map(
    ({ detail }: Json): EventPattern =>
      (event) =>
        detail.startedBy.some((matcher: Matcher) => matches(matcher, event.detail.startedBy)),
  ) as [EventPattern, EventPattern];
  return [prefects, ours];
}

/** As EventBridge does. */
function matches(matcher: Matcher, value: string | undefined): boolean {
  if (matcher.exists === false) return value === undefined;
  if (value === undefined) return false;
  if (matcher.prefix !== undefined) return value.startsWith(matcher.prefix);
  return matcher['anything-but'] !== undefined && !value.startsWith(matcher['anything-but'].prefix);
}

/** A pool moves from Prefect's worker to ours and back, with both on it under load in between. */
export const migration: Scenario = {
  name: 'a pool moves from Prefect’s worker to ours and back under load: each run has one worker and one task, which alone reports it',
  limitSeconds: 420,
  play: async (world) => {
    const aws = await world.aws();
    const [prefectsRule, ourRule] = rulesOfPage();
    aws.connectEventsToQueue(PREFECTS_QUEUE, prefectsRule);
    aws.connectEventsToQueue(OUR_QUEUE, ourRule);
    await world.makePool();
    const [lateDeath, lateEnd] = ['die', 'end'].map((name) => join(world.parts.folder, name)) as [string, string];
    const waiting = (marker: string): string => `until [ -f ${marker} ]; do sleep 0.2; done`;
    const light = await world.deployCommand(`${LIGHT} 1`);
    const dying = await world.deployCommand('sh -c "exit 6"');

    const prefects = startPrefects(world, aws);
    await world.online(PREFECTS, prefects);
    // Prefect's worker may put a run that ends within a moment of its launch back to pending, so none does.
    // This run ends long before its task: no worker may stop the task of a live one.
    const trailing = await world.run(await world.deployCommand(`sh -c "${LIGHT} 2; sleep 600"`));
    const left = await world.run(await world.deployCommand(`sh -c "${waiting(lateDeath)}; exit 4"`));
    await world.state(trailing, 'COMPLETED');
    await until('both are launched', () => aws.ecs.tasks().length === 2);

    const ours = startOurs(world, aws);
    await world.online(OURS, ours);
    const good: Json[] = [];
    const bad: Json[] = [];
    for (let index = 0; index < LIGHT_RUNS; index += 1) good.push(await world.run(light));
    for (let index = 0; index < DYING_RUNS; index += 1) bad.push(await world.run(dying));
    for (const run of good) await world.state(run, 'COMPLETED', 90);
    for (const run of bad) await world.state(run, 'CRASHED', 60);
    const workers = new Set<string>();
    for (const run of [...good, ...bad]) workers.add(await ownerOf(world, aws, run));
    checkEqual([...workers].sort(), [OURS, PREFECTS], 'workers that had runs');
    checkEqual(world.tasksOf(aws, trailing)[0]?.lastStatus, 'RUNNING', 'the task of the other worker');
    check(
      !ours.output.includes(left.id) && !ours.output.includes(trailing.id),
      'ours leaves the runs of the other alone',
    );

    prefects.child.signal('SIGTERM');
    await prefects.child.exited;
    // Four and a half intervals of 30 s.
    await until('ours takes the run over', () => ours.output.includes(left.id), 180);
    writeFileSync(lateDeath, '');
    const { state, labels } = await world.state(left, 'CRASHED', 30);
    check(/code 4/.test(state.message), `the end of the run that was taken over: ${state.message}`);
    checkEqual(labels['prefect.worker.name'], OURS, 'worker of the run that was taken over');

    const released = await world.run(await world.deployCommand(`sh -c "${waiting(lateEnd)}; ${LIGHT} 0"`));
    await until('it is launched', () => world.tasksOf(aws, released).length === 1);
    ours.child.signal('SIGTERM');
    await ours.child.exited;
    const again = startPrefects(world, aws);
    const later = await world.run(light);
    await world.state(later, 'COMPLETED', 60);
    checkEqual(await ownerOf(world, aws, later), PREFECTS, 'worker after the way back');
    writeFileSync(lateEnd, '');
    await world.state(released, 'COMPLETED', 30);
    checkEqual(world.tasksOf(aws, released).length, 1, 'tasks of the run that ours left');
    check(!again.child.hasExited, 'Prefect’s worker lives');
  },
};

function startPrefects(world: World, aws: LocalAws) {
  return world.reference(aws, { name: PREFECTS, env: { PREFECT_WORKER_HEARTBEAT_SECONDS: '3' } });
}

function startOurs(world: World, aws: LocalAws) {
  return world.worker(aws, {
    name: OURS,
    args: ['--limit', '3', '--reconcile-seconds', '2'],
    env: { PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME: OUR_QUEUE },
  });
}

/** The worker that launched the run, after a check that no other worker launched or reported it. */
async function ownerOf(world: World, aws: LocalAws, run: Json): Promise<string> {
  const { labels } = await world.readRun(run);
  const owner: string = labels['prefect.worker.name'];
  const tasks = world.tasksOf(aws, run);
  checkEqual(tasks.length, 1, `tasks of ${run.name}`);
  const startedBy = String(tasks[0]?.description.startedBy ?? '');
  checkEqual(startedBy.startsWith('wh/'), owner === OURS, `launched by ${owner}`);
  const stopped = await until(`the task’s end is among the events of ${run.name}`, async () => {
    const events: Json[] = await world.events(`prefect.flow-run.${run.id}`);
    const found = events.filter(({ event }) => event === 'prefect.ecs.task.stopped');
    return found.length > 0 && found;
  });
  checkEqual(stopped.length, 1, `events that report the end of the task of ${run.name}`);
  const reporters = stopped.flatMap(({ related }: Json) =>
    related.flatMap((each: Json) =>
      each['prefect.resource.role'] === 'worker' ? [each['prefect.resource.name']] : [],
    ),
  );
  checkEqual(reporters, [owner], `worker that reports the task of ${run.name}`);
  return owner;
}
