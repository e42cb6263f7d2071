/**
 * The steps from an empty file to the newest schema; the version of a database is the number of steps it has taken.
 * A step that was released is never changed. Times are milliseconds since the epoch, lists and objects are JSON.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE work_pools (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, type TEXT NOT NULL, base_job_template TEXT NOT NULL,
    is_paused INTEGER NOT NULL DEFAULT 0, concurrency_limit INTEGER,
    created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE work_queues (
    id TEXT PRIMARY KEY, pool_id TEXT NOT NULL REFERENCES work_pools(id) ON DELETE CASCADE, name TEXT NOT NULL,
    priority INTEGER NOT NULL, concurrency_limit INTEGER, is_paused INTEGER NOT NULL DEFAULT 0,
    UNIQUE (pool_id, name)
  ) STRICT;

  CREATE TABLE flows (id TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT;

  CREATE TABLE deployments (
    id TEXT PRIMARY KEY, flow_id TEXT NOT NULL, name TEXT NOT NULL UNIQUE,
    pool_id TEXT NOT NULL REFERENCES work_pools(id) ON DELETE CASCADE,
    queue_id TEXT NOT NULL REFERENCES work_queues(id) ON DELETE CASCADE,
    job_variables TEXT NOT NULL, parameters TEXT NOT NULL, tags TEXT NOT NULL, is_paused INTEGER NOT NULL DEFAULT 0,
    created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX deployments_of_pool ON deployments (pool_id);
  CREATE INDEX deployments_of_queue ON deployments (queue_id);

  CREATE TABLE deployment_schedules (
    id TEXT PRIMARY KEY, deployment_id TEXT NOT NULL REFERENCES deployments(id) ON DELETE CASCADE,
    position INTEGER NOT NULL, schedule TEXT NOT NULL, planned_until_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX deployment_schedules_of_deployment ON deployment_schedules (deployment_id, position);
  CREATE INDEX deployment_schedules_to_plan ON deployment_schedules (planned_until_ms);

  CREATE TABLE flow_runs (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, flow_id TEXT NOT NULL, deployment_id TEXT,
    pool_id TEXT NOT NULL REFERENCES work_pools(id) ON DELETE CASCADE,
    queue_id TEXT NOT NULL REFERENCES work_queues(id) ON DELETE CASCADE,
    job_variables TEXT NOT NULL, parameters TEXT NOT NULL, tags TEXT NOT NULL, labels TEXT NOT NULL DEFAULT '{}',
    idempotency_key TEXT, auto_scheduled INTEGER NOT NULL DEFAULT 0,
    expected_start_ms INTEGER NOT NULL, scheduled_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL,
    state_id TEXT NOT NULL, state_type TEXT NOT NULL, state_name TEXT NOT NULL,
    start_ms INTEGER, end_ms INTEGER, run_count INTEGER NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 0, attempt_started_ms INTEGER, owner TEXT,
    infrastructure_pid TEXT, output_cursor TEXT, result TEXT
  ) STRICT;
  CREATE INDEX flow_runs_due ON flow_runs (queue_id, scheduled_ms) WHERE state_type = 'SCHEDULED';
  CREATE INDEX flow_runs_active ON flow_runs (pool_id, queue_id)
    WHERE state_type IN ('PENDING', 'RUNNING', 'CANCELLING');
  CREATE INDEX flow_runs_of_pool ON flow_runs (pool_id, created_ms);
  CREATE INDEX flow_runs_of_queue ON flow_runs (queue_id);
  CREATE INDEX flow_runs_of_deployment ON flow_runs (deployment_id, created_ms) WHERE deployment_id IS NOT NULL;
  CREATE INDEX flow_runs_by_creation ON flow_runs (created_ms);
  CREATE INDEX flow_runs_by_name ON flow_runs (name);
  CREATE UNIQUE INDEX flow_runs_by_key ON flow_runs (coalesce(deployment_id, pool_id), idempotency_key)
    WHERE idempotency_key IS NOT NULL;

  CREATE TABLE flow_run_states (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    flow_run_id TEXT NOT NULL REFERENCES flow_runs(id) ON DELETE CASCADE,
    type TEXT NOT NULL, name TEXT NOT NULL, timestamp_ms INTEGER NOT NULL, message TEXT, details TEXT NOT NULL
  ) STRICT;
  CREATE INDEX flow_run_states_by_run ON flow_run_states (flow_run_id, sequence);

  CREATE TABLE logs (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    flow_run_id TEXT NOT NULL REFERENCES flow_runs(id) ON DELETE CASCADE,
    name TEXT NOT NULL, level INTEGER NOT NULL, message TEXT NOT NULL, timestamp_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX logs_by_run ON logs (flow_run_id, sequence);

  CREATE TABLE variables (name TEXT PRIMARY KEY, value TEXT NOT NULL, updated_ms INTEGER NOT NULL) STRICT;

  CREATE TABLE secrets (
    name TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, sealed TEXT NOT NULL, updated_ms INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE workers (
    instance_id TEXT PRIMARY KEY, pool_id TEXT NOT NULL, name TEXT NOT NULL,
    host TEXT NOT NULL, boot_id TEXT, process_namespace TEXT, os_pid INTEGER NOT NULL, process_started TEXT,
    heartbeat_ms INTEGER NOT NULL, heartbeat_interval_seconds REAL NOT NULL
  ) STRICT;
  `,
  `
  ALTER TABLE flow_runs ADD COLUMN lease_token TEXT;
  ALTER TABLE flow_runs ADD COLUMN offered_from_ms INTEGER;
  ALTER TABLE flow_runs ADD COLUMN launch_relaunch INTEGER;
  ALTER TABLE flow_runs ADD COLUMN launch_place TEXT;

  CREATE TABLE launch_places (
    pool_id TEXT NOT NULL REFERENCES work_pools(id) ON DELETE CASCADE, place TEXT NOT NULL, PRIMARY KEY (pool_id, place)
  ) STRICT;

  CREATE INDEX flow_runs_owned ON flow_runs (pool_id, owner)
    WHERE state_type IN ('PENDING', 'RUNNING', 'CANCELLING');
  CREATE INDEX flow_runs_waiting ON flow_runs (deployment_id) WHERE state_type = 'SCHEDULED';
  CREATE INDEX flow_runs_ahead ON flow_runs (scheduled_ms) WHERE state_type = 'SCHEDULED';
  CREATE INDEX flow_runs_by_start ON flow_runs (expected_start_ms);
  CREATE INDEX flow_runs_of_state_by_start ON flow_runs (state_type, expected_start_ms);
  CREATE INDEX flow_runs_of_pool_by_start ON flow_runs (pool_id, expected_start_ms);
  CREATE INDEX flow_runs_of_deployment_by_start ON flow_runs (deployment_id, expected_start_ms)
    WHERE deployment_id IS NOT NULL;
  DROP INDEX flow_runs_by_creation;
  DROP INDEX flow_runs_of_pool;
  DROP INDEX flow_runs_of_deployment;
  `,
  `
  ALTER TABLE flow_runs ADD COLUMN deaths INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE secret_keys (id INTEGER PRIMARY KEY CHECK (id = 1), fingerprint TEXT NOT NULL) STRICT;
  `,
  `
  ALTER TABLE deployments ADD COLUMN concurrency TEXT;

  CREATE TABLE run_limits (
    key TEXT PRIMARY KEY, deployment_id TEXT REFERENCES deployments(id) ON DELETE CASCADE,
    most INTEGER, on_limit TEXT NOT NULL, rate_runs INTEGER, rate_ms INTEGER,
    is_of_runs INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX run_limits_of_deployment ON run_limits (deployment_id) WHERE deployment_id IS NOT NULL;

  CREATE TABLE flow_run_keys (
    flow_run_id TEXT NOT NULL REFERENCES flow_runs(id) ON DELETE CASCADE, key TEXT NOT NULL,
    state_type TEXT NOT NULL, claimed_ms INTEGER, PRIMARY KEY (flow_run_id, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX flow_run_keys_open ON flow_run_keys (key, state_type)
    WHERE state_type IN ('SCHEDULED', 'PENDING', 'RUNNING', 'CANCELLING');
  CREATE INDEX flow_run_keys_claimed ON flow_run_keys (key, claimed_ms) WHERE claimed_ms IS NOT NULL;
  CREATE TRIGGER flow_run_keys_follow AFTER UPDATE OF state_type ON flow_runs WHEN old.state_type <> new.state_type
  BEGIN
    UPDATE flow_run_keys SET state_type = new.state_type WHERE flow_run_id = new.id;
  END;
  `,
  `
  ALTER TABLE flow_runs ADD COLUMN schedule_id TEXT;
  ALTER TABLE deployment_schedules ADD COLUMN paused_until_ms INTEGER;
  ALTER TABLE work_pools ADD COLUMN served_ms INTEGER;
  `,
  `
  ALTER TABLE deployments ADD COLUMN policy TEXT;
  ALTER TABLE flow_runs ADD COLUMN policy TEXT;
  ALTER TABLE flow_runs ADD COLUMN retries INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE flow_runs ADD COLUMN deadline_ms INTEGER;
  ALTER TABLE flow_runs ADD COLUMN time_limit TEXT;
  ALTER TABLE logs ADD COLUMN attempt INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX flow_runs_deadlines ON flow_runs (deadline_ms) WHERE deadline_ms IS NOT NULL;

  CREATE TABLE flow_run_attempts (
    flow_run_id TEXT NOT NULL REFERENCES flow_runs(id) ON DELETE CASCADE, attempt INTEGER NOT NULL,
    lease_token TEXT, started_ms INTEGER, ended_ms INTEGER NOT NULL, state_id TEXT NOT NULL,
    infrastructure_pid TEXT, result TEXT, PRIMARY KEY (flow_run_id, attempt)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE retention_rules (
    pool_id TEXT NOT NULL REFERENCES work_pools(id) ON DELETE CASCADE, state_type TEXT NOT NULL,
    max_age_seconds REAL, max_runs INTEGER, PRIMARY KEY (pool_id, state_type)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX flow_runs_ended ON flow_runs (pool_id, state_type, end_ms) WHERE end_ms IS NOT NULL;
  `,
  `
  ALTER TABLE deployments ADD COLUMN priority INTEGER NOT NULL DEFAULT 100;
  ALTER TABLE flow_runs ADD COLUMN priority INTEGER NOT NULL DEFAULT 100;
  ALTER TABLE flow_runs ADD COLUMN order_ms INTEGER GENERATED ALWAYS AS (scheduled_ms + (priority - 100) * 60000) VIRTUAL;
  ALTER TABLE flow_runs ADD COLUMN unique_key TEXT;
  DROP INDEX flow_runs_due;
  CREATE INDEX flow_runs_due ON flow_runs (queue_id, order_ms, scheduled_ms) WHERE state_type = 'SCHEDULED';
  CREATE INDEX flow_runs_unique ON flow_runs (coalesce(deployment_id, pool_id), unique_key, created_ms)
    WHERE unique_key IS NOT NULL;
  `,
  `
  ALTER TABLE flow_runs ADD COLUMN state_ms INTEGER;
  UPDATE flow_runs SET state_ms = (SELECT timestamp_ms FROM flow_run_states s WHERE s.id = flow_runs.state_id);
  ALTER TABLE flow_runs ADD COLUMN listed_ms INTEGER
    AS (CASE state_type WHEN 'SCHEDULED' THEN scheduled_ms ELSE coalesce(state_ms, created_ms) END) VIRTUAL;
  CREATE INDEX flow_runs_listed ON flow_runs (listed_ms, state_type);
  CREATE INDEX flow_runs_of_state_listed ON flow_runs (state_type, listed_ms);
  CREATE INDEX flow_runs_of_pool_listed ON flow_runs (pool_id, listed_ms, state_type);
  CREATE INDEX flow_runs_of_deployment_listed ON flow_runs (deployment_id, listed_ms, state_type)
    WHERE deployment_id IS NOT NULL;
  DROP INDEX flow_runs_ahead;
  DROP INDEX flow_runs_by_start;
  DROP INDEX flow_runs_of_state_by_start;
  DROP INDEX flow_runs_of_pool_by_start;
  DROP INDEX flow_runs_of_deployment_by_start;
  ALTER TABLE workers ADD COLUMN started_ms INTEGER;
  ALTER TABLE workers ADD COLUMN version TEXT;
  ALTER TABLE workers ADD COLUMN queue_names TEXT;
  ALTER TABLE workers ADD COLUMN slot_limit INTEGER;
  `,
  `
  CREATE TABLE declared_things (
    kind TEXT NOT NULL, name TEXT NOT NULL, label TEXT NOT NULL, PRIMARY KEY (kind, name)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX declared_things_of_label ON declared_things (label);
  `,
  `
  ALTER TABLE flow_runs ADD COLUMN waits_for INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE flow_run_dependencies (
    flow_run_id TEXT NOT NULL REFERENCES flow_runs(id) ON DELETE CASCADE, follows_id TEXT NOT NULL,
    condition TEXT NOT NULL, state_type TEXT NOT NULL, PRIMARY KEY (flow_run_id, follows_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX flow_run_dependencies_followed ON flow_run_dependencies (follows_id);
  CREATE INDEX flow_run_dependencies_ended ON flow_run_dependencies (state_type)
    WHERE state_type IN ('COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED', 'DELETED');
  CREATE TRIGGER flow_run_dependencies_follow AFTER UPDATE OF state_type ON flow_runs WHEN old.state_type <> new.state_type
  BEGIN
    UPDATE flow_run_dependencies SET state_type = new.state_type WHERE follows_id = new.id;
  END;
  CREATE TRIGGER flow_run_dependencies_forget AFTER DELETE ON flow_runs
  BEGIN
    UPDATE flow_run_dependencies SET state_type = 'DELETED' WHERE follows_id = old.id;
  END;
  `,
  `
  ALTER TABLE flow_runs ADD COLUMN is_array INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE flow_runs ADD COLUMN array_id TEXT REFERENCES flow_runs(id) ON DELETE CASCADE;
  ALTER TABLE flow_runs ADD COLUMN array_index INTEGER;
  ALTER TABLE flow_runs ADD COLUMN array_size INTEGER;
  ALTER TABLE flow_runs ADD COLUMN array_limit INTEGER;
  CREATE INDEX flow_runs_of_array ON flow_runs (array_id, state_type) WHERE array_id IS NOT NULL;
  CREATE TRIGGER run_limits_of_arrays AFTER DELETE ON flow_runs WHEN old.is_array = 1
  BEGIN
    DELETE FROM run_limits WHERE key = 'array:' || old.id;
  END;

  DROP INDEX flow_runs_due;
  CREATE INDEX flow_runs_due ON flow_runs (queue_id, order_ms, scheduled_ms)
    WHERE state_type = 'SCHEDULED' AND is_array = 0;
  DROP INDEX flow_runs_active;
  CREATE INDEX flow_runs_active ON flow_runs (pool_id, queue_id)
    WHERE state_type IN ('PENDING', 'RUNNING', 'CANCELLING') AND is_array = 0;
  DROP INDEX flow_runs_owned;
  CREATE INDEX flow_runs_owned ON flow_runs (pool_id, owner)
    WHERE state_type IN ('PENDING', 'RUNNING', 'CANCELLING') AND is_array = 0;
  DROP INDEX flow_runs_listed;
  CREATE INDEX flow_runs_listed ON flow_runs (listed_ms, state_type) WHERE array_id IS NULL;
  DROP INDEX flow_runs_of_state_listed;
  CREATE INDEX flow_runs_of_state_listed ON flow_runs (state_type, listed_ms) WHERE array_id IS NULL;
  DROP INDEX flow_runs_of_pool_listed;
  CREATE INDEX flow_runs_of_pool_listed ON flow_runs (pool_id, listed_ms, state_type) WHERE array_id IS NULL;
  DROP INDEX flow_runs_of_deployment_listed;
  CREATE INDEX flow_runs_of_deployment_listed ON flow_runs (deployment_id, listed_ms, state_type)
    WHERE deployment_id IS NOT NULL AND array_id IS NULL;
  DROP INDEX flow_runs_ended;
  CREATE INDEX flow_runs_ended ON flow_runs (pool_id, state_type, end_ms) WHERE end_ms IS NOT NULL AND array_id IS NULL;
  DROP INDEX flow_run_keys_open;
  CREATE INDEX flow_run_keys_of_key ON flow_run_keys (key, state_type);
  `,
  `
  ALTER TABLE deployments ADD COLUMN description TEXT;
  ALTER TABLE deployments ADD COLUMN entrypoint TEXT;
  `,
  `
  CREATE INDEX flow_runs_cancelling ON flow_runs (pool_id) WHERE state_type = 'CANCELLING' AND is_array = 0;
  DROP INDEX flow_runs_ended;
  CREATE INDEX flow_runs_ended ON flow_runs (pool_id, state_type, end_ms, array_size)
    WHERE end_ms IS NOT NULL AND array_id IS NULL;
  `,
  `
  ALTER TABLE work_pools ADD COLUMN vcpu_limit REAL;
  ALTER TABLE work_pools ADD COLUMN memory_limit_mib INTEGER;
  ALTER TABLE flow_runs ADD COLUMN vcpus REAL;
  ALTER TABLE flow_runs ADD COLUMN memory_mib INTEGER;
  ALTER TABLE flow_runs ADD COLUMN no_room_ms INTEGER;
  ALTER TABLE flow_runs ADD COLUMN no_room_since_ms INTEGER;
  CREATE INDEX flow_runs_without_room ON flow_runs (pool_id, no_room_since_ms)
    WHERE state_type = 'SCHEDULED' AND no_room_ms IS NOT NULL;
  `,
  `
  CREATE TABLE launch_requests (
    flow_run_id TEXT NOT NULL REFERENCES flow_runs(id) ON DELETE CASCADE, attempt INTEGER NOT NULL, relaunch INTEGER NOT NULL,
    request TEXT NOT NULL, PRIMARY KEY (flow_run_id, attempt, relaunch)
  ) STRICT, WITHOUT ROWID;
  `,
];
