import { expect } from 'chai';
import { dataFilesOf } from '../../../../src/orchestrators/embedded/database/data-directory.js';
import { libsqlDriver } from '../../../../src/orchestrators/embedded/database/libsql-driver.js';
import { migrate } from '../../../../src/orchestrators/embedded/database/migrate.js';
import { MIGRATIONS } from '../../../../src/orchestrators/embedded/database/migrations.js';
import type { SqliteConnection } from '../../../../src/orchestrators/embedded/database/sqlite-driver.js';
import { newRun, PoolBench, rowOf, thrownBy } from '../support/pool-bench.js';

describe('migrations of the embedded pool', () => {
  let bench: PoolBench;
  let path: string;
  beforeEach(() => {
    bench = new PoolBench();
    path = dataFilesOf(bench.home).databasePath;
  });
  afterEach(() => bench.dispose());

  const raw = <T>(act: (database: SqliteConnection) => T): T => {
    const database = libsqlDriver.open(path, { waitMs: 0 });
    try {
      return act(database);
    } finally {
      database.close();
    }
  };
  const versionIn = (database: SqliteConnection): unknown =>
    (database.prepare('PRAGMA user_version').get([]) as { readonly user_version: number }).user_version;

  it('bring a new file to the newest version, and leave it there', () => {
    bench.open().close();
    bench.open().close();
    expect(raw(versionIn)).to.equal(MIGRATIONS.length);
  });

  it('take a file of the first version, with its content', () => {
    raw((database) => migrate(database, path, MIGRATIONS.slice(0, 1)));
    raw((database) =>
      database.exec(
        `INSERT INTO work_pools (id, name, type, base_job_template, created_ms, updated_ms) VALUES ('p', 'mine', 'test', '{}', 1, 1);
         INSERT INTO work_queues (id, pool_id, name, priority) VALUES ('q', 'p', 'default', 1);`,
      ),
    );
    const pool = bench.open();
    expect(pool.pools.read('mine')).to.deep.include({ id: 'p', type: 'test' });
    expect(pool.runs.create(newRun()).workQueueName).to.equal('default');
    expect(raw(versionIn)).to.equal(MIGRATIONS.length);
  });

  it('take a file of the first version with a run whose owner is gone, and offer it', () => {
    raw((database) => migrate(database, path, MIGRATIONS.slice(0, 1)));
    raw((database) =>
      database.exec(
        `INSERT INTO work_pools (id, name, type, base_job_template, created_ms, updated_ms) VALUES ('p', 'mine', 'test', '{}', 1, 1);
         INSERT INTO work_queues (id, pool_id, name, priority) VALUES ('q', 'p', 'default', 1);
         INSERT INTO flow_runs (id, name, flow_id, pool_id, queue_id, job_variables, parameters, tags, expected_start_ms,
           scheduled_ms, created_ms, state_id, state_type, state_name, attempt, attempt_started_ms, owner, infrastructure_pid)
         VALUES ('r', 'old', 'p', 'p', 'q', '{}', '{}', '[]', 1, 1, 1, 's', 'RUNNING', 'Running', 3, 1, 'gone', 'task');
         INSERT INTO flow_run_states (id, flow_run_id, type, name, timestamp_ms, details)
         VALUES ('s', 'r', 'RUNNING', 'Running', 1, '{}');`,
      ),
    );

    const [taken] = bench.worker().takeOver();
    const [listed] = bench.open().runLists.list({ limit: 1 }).runs;

    expect(taken?.flowRun).to.include({ id: 'r', infrastructurePid: 'task' });
    expect(rowOf(bench.open(), 'r')).to.include({ state_ms: 1, listed_ms: 1 });
    expect(listed).to.include({ id: 'r', stateName: 'Running', attempt: 3 });
    expect(taken?.granted).to.deep.include({ attempt: { flowRunId: 'r', id: '3', startedAtMs: 1 }, launch: null });
  });

  for (let version = 1; version < MIGRATIONS.length; version += 1)
    it(`take a file of version ${version} with runs of all kinds, and go on with them`, () => {
      raw((database) => migrate(database, path, MIGRATIONS.slice(0, version)));
      raw((database) =>
        database.exec(
          `INSERT INTO work_pools (id, name, type, base_job_template, created_ms, updated_ms) VALUES ('p', 'mine', 'test', '{}', 1, 1);
           INSERT INTO work_queues (id, pool_id, name, priority) VALUES ('q', 'p', 'default', 1);
           INSERT INTO flows (id, name) VALUES ('f', 'job');
           INSERT INTO deployments (id, flow_id, name, pool_id, queue_id, job_variables, parameters, tags, created_ms, updated_ms)
           VALUES ('d', 'f', 'job', 'p', 'q', '{}', '{}', '[]', 1, 1);
           INSERT INTO deployment_schedules (id, deployment_id, position, schedule, planned_until_ms)
           VALUES ('s', 'd', 0, '{"kind":"interval","intervalSeconds":3600,"anchor":null}', 1);`,
        ),
      );
      for (const [id, type] of [
        ['waiting', 'SCHEDULED'],
        ['running', 'RUNNING'],
        ['ended', 'COMPLETED'],
      ])
        raw((database) =>
          database.exec(
            `INSERT INTO flow_runs (id, name, flow_id, deployment_id, pool_id, queue_id, job_variables, parameters, tags,
               expected_start_ms, scheduled_ms, created_ms, state_id, state_type, state_name)
             VALUES ('${id}', '${id}', 'f', 'd', 'p', 'q', '{}', '{}', '[]', 1, 1, 1, 's-${id}', '${type}', '${type}');
             INSERT INTO flow_run_states (id, flow_run_id, type, name, timestamp_ms, details)
             VALUES ('s-${id}', '${id}', '${type}', '${type}', 1, '{}');`,
          ),
        );

      const worker = bench.worker();
      worker.pool.planner.plan();

      expect(worker.pool.due.list('mine', [], bench.nowMs, null).map(({ name }) => name)).to.include('waiting');
      expect(worker.claim('waiting').refusal).to.equal(null);
      expect(worker.pool.runs.propose('running', { type: 'COMPLETED' }).status).to.equal('ACCEPT');
      expect(worker.pool.deployments.read('job').schedules).to.have.length(1);
      expect(worker.pool.runLists.list({ deploymentName: 'job', limit: 100 }).runs.length).to.be.greaterThan(3);
      expect(worker.pool.database.all('PRAGMA foreign_key_check')).to.deep.equal([]);
    });

  it('do each step once, in order, from the version that a file has', () => {
    const steps = ['CREATE TABLE a (x)', 'ALTER TABLE a ADD COLUMN y', 'INSERT INTO a VALUES (1, 2)'];
    raw((database) => migrate(database, path, steps.slice(0, 1)));
    raw((database) => migrate(database, path, steps));
    raw((database) => migrate(database, path, steps));
    raw((database) => {
      expect(database.prepare('SELECT x, y FROM a').all([])).to.deep.equal([{ x: 1, y: 2 }]);
      expect(versionIn(database)).to.equal(3);
    });
  });

  it('leave nothing of a step that fails', () => {
    const steps = ['CREATE TABLE a (x)', 'CREATE TABLE b (x); INSERT INTO nowhere VALUES (1)'];
    raw((database) => {
      expect(() => migrate(database, path, steps)).to.throw('nowhere');
      expect(versionIn(database)).to.equal(1);
      expect(database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all([])).to.deep.equal([
        { name: 'a' },
      ]);
      migrate(database, path, ['CREATE TABLE a (x)', 'CREATE TABLE b (x)']);
      expect(versionIn(database)).to.equal(2);
    });
  });

  it('refuse a file of a newer version, and leave it as it is', () => {
    bench.openWithPool().close();
    raw((database) => database.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`));
    const error = thrownBy(() => bench.open());
    expect(error).to.include({ code: 'DATABASE_TOO_NEW' });
    expect(error.message).to.contain(`version=${MIGRATIONS.length + 1}, known=${MIGRATIONS.length}`);
    expect(raw(versionIn)).to.equal(MIGRATIONS.length + 1);
  });
});
