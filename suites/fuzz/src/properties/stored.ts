import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { changedText, publicText } from '../inputs.js';
import { embeddedPool, schedules } from '../internals.js';
import { must, outcomeOf, property } from '../property.js';
import { ANSWERS } from './samples.js';

type Pool = ReturnType<typeof embeddedPool.EmbeddedPool.open>;
type Row = Readonly<Record<string, string | number | null>>;

/** One pool with one of each thing, whose rows are overwritten. */
class Stored {
  readonly pool: Pool;
  readonly #rows = new Map<string, Row>();

  constructor() {
    const home = mkdtempSync(join(tmpdir(), 'worker-host-fuzz-rows-'));
    process.once('exit', () => rmSync(home, { recursive: true, force: true }));
    this.pool = embeddedPool.EmbeddedPool.open({ home, secretKey: 'a-long-and-random-passphrase-0123456789' });
    const { pools, runs, variables, secrets, database } = this.pool;
    pools.create({ name: 'p', type: 'ecs', baseJobTemplate: ANSWERS.workPool.base_job_template });
    runs.create({
      deploymentName: null,
      workPoolName: 'p',
      workQueueName: null,
      name: 'r',
      jobVariables: {},
      parameters: {},
      tags: [],
      idempotencyKey: null,
      scheduledForMs: 0,
    });
    variables.set('v', { a: 1 });
    secrets.set('s', 'value');
    for (const table of ['work_pools', 'flow_runs', 'flow_run_states', 'variables', 'secrets']) {
      // What SQLite works out from other columns cannot be overwritten, and is not in the list.
      const columns = database.all(`PRAGMA table_info(${table})`).map(({ name }) => String(name));
      const good = database.get(`SELECT ${columns.map((name) => `"${name}"`).join(', ')} FROM ${table}`);
      if (good !== null) this.#rows.set(table, columnsOf(good));
    }
  }

  overwrite(table: string, column: string, value: string | number | null): void {
    const row = this.#rows.get(table);
    if (row === undefined || !(column in row)) return;
    this.pool.database.run(`UPDATE ${table} SET ${column} = ?`, value);
  }

  restore(): void {
    for (const [table, good] of this.#rows) {
      for (const [column, value] of Object.entries(good)) {
        this.pool.database.run(`UPDATE ${table} SET ${column} = ?`, value);
      }
    }
  }
}

/** A row as the library gives it has a member of the library's own. */
function columnsOf({ _metadata, ...columns }: Row): Row {
  return columns;
}

let stored: Stored | null = null;

const DAMAGED = [
  ['flow_runs', 'job_variables'],
  ['flow_runs', 'parameters'],
  ['flow_runs', 'tags'],
  ['flow_runs', 'labels'],
  ['flow_runs', 'result'],
  ['flow_runs', 'launch_place'],
  ['flow_runs', 'state_type'],
  ['flow_run_states', 'details'],
  ['flow_run_states', 'timestamp_ms'],
  ['work_pools', 'base_job_template'],
  ['variables', 'value'],
  ['secrets', 'sealed'],
] as const;

export const rows = [
  property({
    name: 'database-rows',
    weight: 3,
    inputs: fc.array(
      fc.record({
        place: fc.constantFrom(...DAMAGED),
        text: changedText([ANSWERS.flowRun.job_variables, ANSWERS.workPool.base_job_template, ['a'], 'x']),
        number: fc.constantFrom(0, -1, 9e15, 8.64e15 + 1),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    async check(damages) {
      stored ??= new Stored();
      const { pool } = stored;
      for (const { place, text: damage, number } of damages) {
        const [table, column] = place;
        stored.overwrite(table, column, column.endsWith('_ms') ? number : damage);
      }
      try {
        await outcomeOf(() => pool.pools.find('p'));
        await outcomeOf(() => pool.pools.list());
        await outcomeOf(() => pool.runLists.list({ limit: 10 }).runs);
        await outcomeOf(() => pool.runs.view('r'));
        await outcomeOf(() => pool.variables.find('v'));
        await outcomeOf(() => pool.variables.list());
        await outcomeOf(() => pool.secrets.findBlock('name', 's'));
      } finally {
        stored.restore();
      }
    },
  }),
  property({
    name: 'schedules',
    weight: 6,
    inputs: fc.record({
      cron: fc.oneof(
        publicText,
        fc
          .array(
            fc.oneof(
              fc.constantFrom(
                '*',
                '*/5',
                '0',
                '59',
                '31',
                '30',
                '2',
                '1-5',
                '5-1',
                'L',
                '5L',
                'MON#2',
                'W',
                '?',
                '0-23',
                '4,6,9,11',
                'FEB',
                '99',
                '*/0',
                '1-99999999',
                '0-23/0',
                '@daily',
              ),
              publicText.map((each) => each.slice(0, 40)),
            ),
            { minLength: 4, maxLength: 7 },
          )
          .map((fields) => fields.join(' ')),
      ),
      timezone: fc.oneof(
        fc.constantFrom(undefined, 'UTC', 'Europe/Berlin', 'Antarctica/Troll', 'Nowhere/Land'),
        publicText.map((each) => each.slice(0, 40)),
      ),
      afterMs: fc.constantFrom(0, 1_767_225_600_000, 1_774_745_000_000),
    }),
    async check({ cron, timezone, afterMs }) {
      const schedule = { kind: 'cron' as const, cron, ...(timezone === undefined ? {} : { timezone }) };
      const asserted = await outcomeOf(() =>
        schedules.assertSchedule(schedule as Parameters<typeof schedules.assertSchedule>[0]),
      );
      const times = await outcomeOf(() =>
        schedules.timesOf(schedule as Parameters<typeof schedules.timesOf>[0], afterMs, afterMs + 40 * 86_400_000, 50),
      );
      if ('error' in asserted || 'error' in times) return;
      must(times.value.length <= 50, 'no more times than asked for');
      must(
        times.value.every((ms, at) => ms > afterMs && ms > (times.value[at - 1] ?? 0)),
        'times rise',
      );
    },
  }),
];
