import type { LocalAws } from '@worker-host/testing/local-aws';
import { checkEqual, until } from '../harness/checks.js';
import type { Scenario } from '../harness/scenario.js';
import type { World } from '../harness/world.js';
import type { Json } from '../server/prefect-client.js';

const SIDES = ['side-reference', 'side-ours'] as const;
const EVENTS_QUEUE = 'prefect-ecs-tasks-events';

/** Tasks pass their phases so slowly that each can be seen. */
const SLOW_ENOUGH = { provisioningMs: 400, pendingMs: 400, activatingMs: 400 } as const;

/** What one side is asked to run, and the final state type on both sides. */
interface Job {
  readonly name: string;
  readonly flow?: string;
  readonly command?: string;
  readonly jobVariables?: Readonly<Record<string, unknown>>;
  readonly tags?: readonly string[];
  /** Final state type of the run; null: it is launched in a region whose tasks are not looked at. */
  readonly ends: 'COMPLETED' | 'CRASHED' | null;
}

const JOBS: readonly Job[] = [
  {
    name: 'flow',
    flow: 'happy',
    tags: ['team-b', 'team-a'],
    jobVariables: {
      env: {
        SECRET_WORD: '{{ prefect.blocks.secret.side-word }}',
        SIZE: '{{ prefect.variables.side_size }}',
        EMPTY: '',
      },
      labels: { team: 'data & more', 'a/b': 'c' },
      cpu: 512,
      memory: 1024,
      family: 'own-{{ prefect.variables.side_size }}',
    },
    ends: 'COMPLETED',
  },
  { name: 'crash', command: 'sh -c "exit 3"', ends: 'CRASHED' },
  { name: 'refusal', command: 'true', jobVariables: { cluster: 'nope' }, ends: 'CRASHED' },
  {
    name: 'inline credentials',
    command: 'true',
    jobVariables: {
      aws_credentials: {
        aws_access_key_id: 'ANY',
        aws_secret_access_key: 'inline-secret-key',
        region_name: 'eu-central-1',
      },
    },
    ends: null,
  },
];

/**
 * What may differ, and why:
 * - RunTask's `clientToken` and `startedBy`: ours launches once for each attempt, the reference sets neither;
 * - labels that begin with `worker-host.` and the message of Pending: ours says whose the run is and where it is launched;
 * - `executed-flow-run`: the reference sends it after the launch with status 0, ours at the end with the exit code;
 * - InfrastructurePending: the reference proposes it when an AWS event of the task comes, even where the run has ended
 *   meanwhile, and so sets a completed run back to pending; ours does not;
 * - calls that only read (DescribeTaskDefinition before a registration) and repeated tries of a refused launch;
 * - the words of the worker’s log lines and of a Crashed message.
 */
const ONLY_THE_REFERENCE = ['PENDING InfrastructurePending'];
const ENGINE_LOGGERS = ['prefect.flow_runs', 'prefect.task_runs'];
const EXECUTED = 'prefect.worker.executed-flow-run';
const OWN_REQUEST_KEYS = ['clientToken', 'startedBy'];
const OWN_LABELS = 'worker-host.';

export const sideBySide: Scenario = {
  name: 'beside Prefect’s own worker on a pool filled by its form: same states, events, labels, requests, environment and logs',
  isForOldest: true,
  limitSeconds: 360,
  play: async (world) => {
    const clouds = await Promise.all(SIDES.map(() => world.aws({ eventsQueue: EVENTS_QUEUE, phases: SLOW_ENOUGH })));
    const [referenceAws, ourAws] = clouds as [LocalAws, LocalAws];
    const [referenceName, ourName] = SIDES;
    await fillForm(world);
    const reference = world.reference(referenceAws, { name: referenceName, args: ['-q', referenceName] });
    const ours = world.worker(ourAws, { name: ourName, args: ['-q', ourName] });
    await Promise.all([world.online(referenceName, reference), world.online(ourName, ours)]);

    const runs = new Map<string, Json>();
    for (const side of SIDES) for (const job of JOBS) runs.set(side + job.name, await begin(world, side, job));
    const stories: string[][] = [];
    for (const [index, side] of SIDES.entries()) {
      const aws = clouds[index] as LocalAws;
      const told: string[] = [];
      for (const job of JOBS) told.push(...(await storyOf(world, aws, side, job, runs.get(side + job.name))));
      const roles = aws.calls({ service: 'sts', operation: 'AssumeRole' });
      told.push(`roles ${JSON.stringify([...new Set(roles.map(({ params }) => JSON.stringify(sorted(params))))])}`);
      stories.push(told);
    }
    const [expected = [], found = []] = stories;
    const missing = expected.filter((line) => !found.includes(line));
    const tooMuch = found.filter((line) => !expected.includes(line));
    checkEqual([...missing, '---', ...tooMuch].join('\n'), '---', 'the reference tells, and ours tells in its place');

    for (const worker of [reference, ours]) worker.child.signal('SIGINT');
    const [one, two] = await Promise.all(SIDES.map((side) => lifeOf(world, side)));
    checkEqual(two, one, 'events of the worker’s own life');
  },
};

/** What a person does in the pool's form, and the blocks and variables it refers to. */
async function fillForm(world: World): Promise<void> {
  const type = await world.api.get('/block_types/slug/aws-credentials');
  const credentials = await makeBlock(world, type, 'side-credentials', {
    aws_access_key_id: 'ANY',
    aws_secret_access_key: 'side-secret-key',
    region_name: 'us-east-1',
    assume_role_arn: 'arn:aws:iam::123456789012:role/side',
    assume_role_kwargs: { RoleSessionName: 'side' },
  });
  const secret = await world.api.get('/block_types/slug/secret');
  await makeBlock(world, secret, 'side-word', { value: 'open-sesame' });
  await world.api.post('/variables/', { name: 'side_size', value: 'big' });
  const forms = await world.api.get('/collections/views/aggregate-worker-metadata');
  const template = forms['prefect-aws'].ecs.default_base_job_configuration;
  template.variables.properties.aws_credentials.default = { $ref: { block_document_id: credentials.id } };
  template.variables.properties.env.default = { FROM_POOL: 'pool' };
  template.variables.properties.container_name.default = 'job';
  await world.makePool({ base_job_template: template });
  for (const name of SIDES) await world.api.post(`/work_pools/${world.pool}/queues`, { name });
}

async function makeBlock(world: World, type: Json, name: string, data: object): Promise<Json> {
  const schemas = await world.api.post('/block_schemas/filter', {
    block_schemas: { block_type_id: { any_: [type.id] } },
  });
  return world.api.post('/block_documents/', {
    name,
    data,
    block_schema_id: schemas[0].id,
    block_type_id: type.id,
  });
}

async function begin(world: World, side: string, job: Job): Promise<Json> {
  const { flow = 'happy', command, jobVariables, tags } = job;
  const deployment = await world.deploy(flow, {
    work_queue_name: side,
    tags: tags ?? [],
    job_variables: { ...(command === undefined ? {} : { command }), ...jobVariables },
  });
  const run = await world.run(deployment, { name: `run-${side}`, tags: tags === undefined ? [] : ['urgent'] });
  return { ...run, deploymentName: deployment.name };
}

/** Both workers launch all jobs at once, and some of their engines wait long for a core. */
const RUN_SECONDS = 180;

/** All that can be seen of a run, one fact a line, without what differs from side to side. */
async function storyOf(world: World, aws: LocalAws, side: string, job: Job, run: Json): Promise<readonly string[]> {
  const launchOf = () =>
    aws.calls({ service: 'ecs', operation: 'RunTask' }).find(({ params }) => JSON.stringify(params).includes(run.id));
  if (job.ends !== null) await world.state(run, job.ends, RUN_SECONDS);
  const launch = await until(`${side} launches ${job.name}`, launchOf);
  const isHappy = job.ends !== 'CRASHED';
  const events = await until(
    `the events of ${side}, ${job.name}`,
    async () => {
      const found: Json[] = await world.events(`prefect.flow-run.${run.id}`);
      const own = found.filter(({ event }) => /^prefect\.(worker|ecs)\./.test(event));
      const last =
        job.name === 'refusal' || job.ends === null ? 'prefect.worker.submitted-flow-run' : 'prefect.ecs.task.stopped';
      return own.some(({ event }) => event === last) ? own : null;
    },
    30,
  );
  const now = await world.readRun(run);
  const states: Json[] = await world.api.get(`/flow_run_states/?flow_run_id=${run.id}`);
  const family = /task-definition\/([^:]+):/.exec(String(launch.params.taskDefinition))?.[1];
  const registration = aws
    .calls({ service: 'ecs', operation: 'RegisterTaskDefinition' })
    .find(({ params }) => params.family === family);
  const logs: Json[] = await world.logs(run);
  const facts = {
    states: states.map(({ type, name }) => `${type} ${name}`).filter((state) => !ONLY_THE_REFERENCE.includes(state)),
    message: isHappy && job.ends !== null ? now.state.message : null,
    labels: sorted(Object.fromEntries(Object.entries(now.labels).filter(([key]) => !key.startsWith(OWN_LABELS)))),
    tags: now.tags,
    pid: job.ends === null ? null : now.infrastructure_pid,
    region: launch.region,
    registration: sorted(registration?.params),
    launch: sorted({ ...launch.params, ...Object.fromEntries(OWN_REQUEST_KEYS.map((key) => [key, null])) }),
    tasks: world.tasksOf(aws, run).length,
    engineLog: logs
      .filter(({ name }) => ENGINE_LOGGERS.includes(name))
      .map(({ name, level, message }) => [name, level, message]),
    workerLogBegins: [logs.find(({ name }) => name === 'prefect.flow_runs.worker')].map(({ name, level }) => [
      name,
      level,
    ]),
  };
  const told = events
    .filter(({ event }) => event !== EXECUTED && (job.ends !== null || !event.startsWith('prefect.ecs.')))
    .map(({ event, resource, related, payload }) => [
      event,
      sorted(resource),
      related.map(sorted),
      Object.keys(payload).sort(),
    ]);
  const story = [...Object.entries(facts), ...told.map((event) => ['event', event])];
  return story.map((fact) => withoutNames(`${job.name}: ${JSON.stringify(fact)}`, side, run));
}

/** Events about the worker itself. */
async function lifeOf(world: World, side: string): Promise<readonly string[]> {
  const life = await until(
    `the life of ${side} is written down`,
    async () => {
      const found: Json[] = await world.events(`prefect.worker.ecs.${side}`);
      const own = found.filter(({ event }) => /^prefect\.worker\.(started|stopped)$/.test(event));
      return own.length === 2 ? own : null;
    },
    30,
  );
  return life.map(({ event, resource, related, follows }) =>
    JSON.stringify([event, sorted(resource), related.map(sorted), follows === (life[0] as Json).id]).replaceAll(
      side,
      '<worker>',
    ),
  );
}

function withoutNames(text: string, side: string, run: Json): string {
  return text
    .replaceAll(run.id, '<run>')
    .replaceAll(run.deployment_id, '<deployment>')
    .replaceAll(run.deploymentName, '<deployment name>')
    .replaceAll(side, '<side>')
    .replaceAll(/\b[0-9a-f]{32}\b/g, '<task>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)/g, '<time>')
    .replaceAll(/[a-z0-9]+-[a-z0-9]+(?='? ?(for task|with id))/g, '<name>');
}

/** The same with its keys in order, at every depth. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value ?? null;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}
