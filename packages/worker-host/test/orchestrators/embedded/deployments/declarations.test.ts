import type { JsonObject } from '@worker-host/core';
import { expect } from 'chai';
import {
  type DeclaredDeployment,
  deploymentOf,
  formOfDeployment,
  formOfRule,
  objectOf,
  ruleOf,
  secondsOf,
} from '../../../../src/orchestrators/embedded/deployments/declaration-forms.js';
import type { Declaration } from '../../../../src/orchestrators/embedded/deployments/declarations.js';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import { newRun, PoolBench, thrownBy } from '../support/pool-bench.js';

const PLAIN: DeclaredDeployment = {
  name: 'job',
  workPoolName: 'mine',
  workQueueName: 'default',
  jobVariables: {},
  parameters: {},
  tags: [],
  schedules: [],
  limit: null,
  concurrency: null,
  policy: null,
  priority: 100,
  description: null,
  entrypoint: null,
  isPaused: false,
};

/** Members of a form besides its pool, their meaning, and how they are read back if different. */
const FORMS: readonly (readonly [JsonObject, Partial<DeclaredDeployment>, JsonObject?])[] = [
  [{}, {}],
  [{ queue: 'urgent' }, { workQueueName: 'urgent' }],
  [{ queue: null }, {}, {}],
  [{ queue: 'default' }, {}, {}],
  [
    { command: 'say', job_variables: { cpu: 1 } },
    { jobVariables: { cpu: 1, command: 'say' } },
    { job_variables: { cpu: 1, command: 'say' } },
  ],
  [{ parameters: { n: 1 } }, { parameters: { n: 1 } }],
  [{ tags: ['x', 'y'] }, { tags: ['x', 'y'] }],
  [{ paused: true }, { isPaused: true }],
  [
    { description: 'Loads', entrypoint: 'etl.py:load' },
    { description: 'Loads', entrypoint: 'etl.py:load' },
  ],
  [{ description: null, entrypoint: null }, {}, {}],
  [{ schedules: [{ rrule: 'FREQ=DAILY' }] }, { schedules: [{ kind: 'rrule', rrule: 'FREQ=DAILY', timezone: null }] }],
  [{ paused: false }, {}, {}],
  [{ priority: 5 }, { priority: 5 }],
  [{ priority: 100 }, {}, {}],
  [{ limit: { max: 2, on_limit: 'skip' } }, { limit: { most: 2, onLimit: 'skip', rate: null } }],
  [
    { limit: { max: 2 } },
    { limit: { most: 2, onLimit: 'queue', rate: null } },
    { limit: { max: 2, on_limit: 'queue' } },
  ],
  [{ concurrency_key: { key: 'db' } }, { concurrency: { key: 'db', rule: null } }],
  [
    { concurrency_key: { key: 'db', max: 3 } },
    { concurrency: { key: 'db', rule: { most: 3, onLimit: 'queue' } } },
    { concurrency_key: { key: 'db', max: 3, on_limit: 'queue' } },
  ],
  [
    { concurrency_key: { key: 'db', max: 3, on_limit: 'replace' } },
    { concurrency: { key: 'db', rule: { most: 3, onLimit: 'replace' } } },
  ],
  [{ retries: { attempts: 3 } }, { policy: { retries: { attempts: 3 } } }],
  [
    { retries: { attempts: 3, delay: '1m', back_off: 'fixed', max_delay: '1h', jitter: 0.5 } },
    { policy: { retries: { attempts: 3, delaySeconds: 60, backOff: 'fixed', maxDelaySeconds: 3600, jitter: 0.5 } } },
    { retries: { attempts: 3, delay: 60, back_off: 'fixed', max_delay: 3600, jitter: 0.5 } },
  ],
  [
    {
      rules: [
        { exit_codes: '75', action: 'retry' },
        { kind: 'out-*', reason: '*memory*', action: 'fail' },
      ],
    },
    {
      policy: {
        rules: [
          { exitCodes: '75', action: 'retry' },
          { kind: 'out-*', reason: '*memory*', action: 'fail' },
        ],
      },
    },
  ],
  [{ time_limits: {} }, { policy: { limits: {} } }],
  [
    { time_limits: { queue: '1d', start: '90s', run: 1.5 } },
    { policy: { limits: { queueSeconds: 86_400, startSeconds: 90, runSeconds: 1.5 } } },
    { time_limits: { queue: 86_400, start: 90, run: 1.5 } },
  ],
  [{ schedules: [{ cron: '0 * * * *' }] }, { schedules: [{ kind: 'cron', cron: '0 * * * *', timezone: null }] }],
  [
    { schedules: [{ cron: '0 * * * *', timezone: 'Europe/Berlin', name: 'a', overlap: 'skip', catch_up: 'all' }] },
    {
      schedules: [
        { kind: 'cron', cron: '0 * * * *', timezone: 'Europe/Berlin', name: 'a', overlap: 'skip', catchUp: 'all' },
      ],
    },
  ],
  [
    { schedules: [{ interval: '10m', jitter: '5s', catch_up_window: '1h', parameters: { n: 1 } }] },
    {
      schedules: [
        {
          kind: 'interval',
          intervalSeconds: 600,
          anchor: null,
          jitterSeconds: 5,
          catchUpSeconds: 3600,
          parameters: { n: 1 },
        },
      ],
    },
    { schedules: [{ interval: 600, jitter: 5, catch_up_window: 3600, parameters: { n: 1 } }] },
  ],
  [
    { schedules: [{ interval: 60, anchor: '2026-01-01T00:00:00Z' }] },
    { schedules: [{ kind: 'interval', intervalSeconds: 60, anchor: '2026-01-01T00:00:00Z' }] },
  ],
];

describe('the form of a deployment', () => {
  for (const [form, stated, readBack = form] of FORMS)
    it(`is parsed from ${JSON.stringify(form)}, and written so that it parses the same`, () => {
      const deployment = deploymentOf('job', { pool: 'mine', ...form });

      expect(deployment).to.deep.equal({ ...PLAIN, ...stated });
      expect(formOfDeployment(deployment)).to.deep.equal({ pool: 'mine', ...readBack });
      expect(deploymentOf('job', formOfDeployment(deployment))).to.deep.equal(deployment);
    });

  it('omits the defaults of a deployment', () => {
    const { limit: _, concurrency: __, policy: ___, priority: ____, ...least } = PLAIN;

    expect(formOfDeployment({ ...least, workQueueName: null })).to.deep.equal({ pool: 'mine' });
    expect(formOfDeployment({ ...least, priority: null })).to.deep.equal({ pool: 'mine' });
  });
});

describe('the form of a limit', () => {
  for (const [form, rule] of [
    [{ max: 2 }, { most: 2, onLimit: 'queue', rate: null }],
    [
      { max: 1, on_limit: 'skip' },
      { most: 1, onLimit: 'skip', rate: null },
    ],
    [{ rate: { runs: 3, per: 60 } }, { most: null, onLimit: 'queue', rate: { runs: 3, perSeconds: 60 } }],
  ] as const)
    it(`is parsed from ${JSON.stringify(form)}, and written so`, () => {
      expect(ruleOf(form)).to.deep.equal(rule);
      expect(formOfRule(rule)).to.deep.equal(form);
    });

  it('has no number if it is null', () => {
    expect(ruleOf({ max: null, rate: { runs: 1, per: '1h' } })).to.deep.equal({
      most: null,
      onLimit: 'queue',
      rate: { runs: 1, perSeconds: 3600 },
    });
  });
});

describe('durations and objects of a form', () => {
  for (const [value, seconds] of [
    [90, 90],
    [0.5, 0.5],
    ['90', 90],
    ['90s', 90],
    ['1.5m', 90],
    ['2h', 7200],
    ['1d', 86_400],
    [null, 0],
    [undefined, 0],
    ['soon', 0],
  ] as const)
    it(`parse ${JSON.stringify(value)} as ${seconds} s`, () => {
      expect(secondsOf(value)).to.equal(seconds);
    });

  it('accept only objects', () => {
    expect(objectOf({ a: 1 })).to.deep.equal({ a: 1 });
    for (const value of [undefined, null, [1], 'a', 1]) expect(objectOf(value)).to.deep.equal({});
  });
});

describe('a declaration', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.open();
  });
  afterEach(() => bench.dispose());

  const apply = (declaration: Declaration, prune = false): readonly string[] =>
    pool.declarations
      .apply(declaration, prune)
      .map(({ kind, name, to }) => `${to === null ? '-' : '+'} ${kind} ${name}`);
  const changes = (declaration: Declaration, prune = false): readonly string[] =>
    pool.declarations.changes(declaration, prune).map(({ kind, name }) => `${kind} ${name}`);
  /** Applies it, and expects no difference afterwards. */
  const applied = (declaration: Declaration): Declaration => {
    pool.declarations.apply(declaration, false);
    expect(pool.declarations.changes(declaration, false)).to.deep.equal([]);
    return pool.declarations.read();
  };
  const template = { job_configuration: {}, variables: {} };

  it('without contents reads a file without a pool as empty', () => {
    expect(pool.declarations.read()).to.deep.equal({ pools: {}, limits: {}, deployments: {}, variables: {} });
    expect(apply({})).to.deep.equal([]);
  });

  it('creates a pool with its default queue, and omits defaults', () => {
    expect(applied({ pools: { mine: { type: 'test' } } }).pools).to.deep.equal({
      mine: {
        type: 'test',
        concurrency_limit: null,
        paused: false,
        queues: { default: { priority: 1, concurrency_limit: null, paused: false } },
      },
    });
  });

  it('creates a pool with all members, and changes each of them', () => {
    const stated = {
      type: 'test',
      base_job_template: template,
      concurrency_limit: 3,
      vcpu_limit: 6.5,
      memory_limit_mib: 4096,
      paused: true,
      queues: {
        default: { priority: 2, concurrency_limit: 5, paused: true },
        urgent: { priority: 1, concurrency_limit: 1, paused: false },
      },
      retention: { completed: { max_age: 3600, max_runs: 10 }, failed: { max_age: null, max_runs: 0 } },
    };
    expect(applied({ pools: { mine: stated } }).pools).to.deep.equal({ mine: stated });

    const changed = {
      ...stated,
      concurrency_limit: 0,
      memory_limit_mib: 8192,
      paused: false,
      queues: {
        default: { priority: 2, concurrency_limit: null, paused: false },
        urgent: { priority: 1, concurrency_limit: 0, paused: true },
      },
      retention: { completed: { max_age: 60, max_runs: null }, failed: { max_age: 5, max_runs: 1 } },
    };
    expect(applied({ pools: { mine: changed } }).pools).to.deep.equal({ mine: changed });

    const { vcpu_limit: _, memory_limit_mib: __, ...unlimited } = changed;
    expect(applied({ pools: { mine: unlimited } }).pools).to.deep.equal({ mine: unlimited });
  });

  it('keeps template, queues and retention of a pool that it does not contain', () => {
    const before = applied({
      pools: {
        mine: {
          type: 'test',
          base_job_template: template,
          queues: { urgent: { priority: 1 } },
          retention: { crashed: { max_age: '1d' } },
        },
      },
    }).pools;

    expect(applied({ pools: { mine: { type: 'test' } } }).pools).to.deep.equal(before);
    expect(applied({ pools: { mine: { type: 'test', retention: { failed: { max_runs: 3 } } } } }).pools).to.deep.equal({
      mine: {
        ...(before?.mine as JsonObject),
        retention: { failed: { max_age: null, max_runs: 3 }, crashed: { max_age: 86_400, max_runs: null } },
      },
    });
  });

  it('gives queues without a priority the next positions, in their order', () => {
    applied({ pools: { mine: { type: 'test', queues: { a: {}, b: { paused: true } } } } });
    const order = () => pool.pools.listQueues('mine').map(({ name, priority }) => `${priority} ${name}`);
    expect(order()).to.deep.equal(['1 default', '2 a', '3 b']);

    applied({ pools: { mine: { type: 'test', queues: { c: {}, a: { concurrency_limit: 4 } } } } });

    expect(order()).to.deep.equal(['1 default', '2 a', '3 b', '4 c']);
  });

  it('rejects another type for a pool, and changes nothing', () => {
    applied({ pools: { mine: { type: 'test' } } });
    const before = pool.declarations.read();

    const refused = thrownBy(() => apply({ pools: { mine: { type: 'ecs' } }, variables: { a: 1 } }));

    expect(refused).to.include({ code: 'POOL_INPUT_INVALID' });
    expect(refused.message).to.contain("the type of pool 'mine' is test and cannot become ecs");
    expect(pool.declarations.read()).to.deep.equal(before);
  });

  it('creates limits, deployments and variables, and changes each of them', () => {
    const declaration = (max: number, paused: boolean, value: JsonObject | null): Declaration => ({
      pools: { mine: { type: 'test' } },
      limits: { api: { max, on_limit: 'skip' } },
      deployments: { job: { pool: 'mine', paused, priority: max } },
      variables: { a: value },
    });
    for (const each of [declaration(2, true, { deep: [1] }), declaration(3, false, null), declaration(4, true, null)]) {
      const { pools: _, ...stated } = each;
      const { pools: __, ...read } = applied(each);
      const { job } = stated.deployments as Readonly<Record<string, JsonObject>>;
      const { paused, ...unpaused } = job ?? {};
      expect(read).to.deep.equal({ ...stated, deployments: { job: paused ? job : unpaused } });
    }
  });

  it('treats a variable of null as a variable', () => {
    expect(apply({ variables: { a: 'text' } })).to.deep.equal(['+ variables a']);
    pool.declarations.apply({ variables: { a: null } }, false);

    expect(pool.variables.read('a')).to.equal(null);
  });

  it('does not contain a limit that only a run has named', () => {
    pool.pools.create({ name: 'mine', type: 'test', baseJobTemplate: {} });
    pool.runs.create(newRun({ concurrency: { key: 'of-run', rule: { most: 2, onLimit: 'queue' } } }));
    expect(pool.declarations.read().limits).to.deep.equal({});

    pool.limits.set('of-run', { most: 3, onLimit: 'queue', rate: null });
    pool.runs.create(newRun({ concurrency: { key: 'of-run', rule: { most: 2, onLimit: 'queue' } } }));

    expect(pool.declarations.read().limits).to.deep.equal({ 'of-run': { max: 2 } });
  });

  describe('with a label', () => {
    const pools = { mine: { type: 'test' } };
    const all: Declaration = {
      label: 'team-a',
      pools,
      limits: { api: { max: 1 } },
      deployments: { job: { pool: 'mine' } },
      variables: { region: 'eu' },
    };

    it('prunes limits and deployments that it no longer contains, and no pool or variable', () => {
      apply(all);
      const rest: Declaration = { label: 'team-a' };
      expect(changes(rest)).to.deep.equal([]);
      expect(changes(rest, true)).to.deep.equal(['deployments job', 'limits api']);

      expect(apply(rest, true)).to.deep.equal(['- deployments job', '- limits api']);

      expect(pool.declarations.read()).to.deep.include({ limits: {}, deployments: {}, variables: { region: 'eu' } });
      expect(pool.pools.list()).to.have.length(1);
      expect(changes(rest, true)).to.deep.equal([]);
    });

    it('prunes nothing that another file contains since, nor unlabelled objects', () => {
      apply(all);
      apply({ label: 'team-b', limits: { api: { max: 1 } } });
      apply({ deployments: { job: { pool: 'mine' } } });
      pool.limits.set('by-hand', { most: 1, onLimit: 'queue', rate: null });

      expect(changes({ label: 'team-a' }, true)).to.deep.equal([]);
      expect(changes({ label: 'team-b' }, true)).to.deep.equal(['limits api']);
    });

    it('prunes nothing that exists again under the same name, or is already deleted', () => {
      apply(all);
      expect(changes({ label: 'team-a', deployments: { job: { pool: 'mine' } } }, true)).to.deep.equal(['limits api']);
      pool.limits.delete('api');

      expect(changes({ label: 'team-a' }, true)).to.deep.equal(['deployments job']);
      apply({ label: 'team-a' }, true);
      pool.deployments.create({ ...PLAIN });
      expect(changes({ label: 'team-a' }, true)).to.deep.equal([]);
    });

    it('prunes nothing without one', () => {
      apply(all);
      expect(changes({}, true)).to.deep.equal([]);
    });
  });
});
