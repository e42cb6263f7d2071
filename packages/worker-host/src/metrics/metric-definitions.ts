import { RUN_PHASES } from '../host/run/run-state.js';

/** A metric of the host. Prometheus sees it from the first scrape. */
export interface MetricDefinition {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Labels with their known values; a counter or histogram starts at 0 for each. Empty: any value. */
  readonly labels?: Readonly<Record<string, readonly string[]>>;
  /** Upper bounds of a histogram. Default: those of {@link SECONDS_BUCKETS}. */
  readonly buckets?: readonly number[];
}

/** From milliseconds for a call to hours for a job. */
export const SECONDS_BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14_400];
const CALL_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120];

const LOOPS = ['heartbeat', 'poll', 'take-over', 'reconcile'];

/** Every metric of the host, in the order of docs/operations.md. */
export const METRIC_DEFINITIONS: readonly MetricDefinition[] = [
  gauge('worker_host_build_info', 'Always 1; version of worker-host and of Node, worker type, work pool', {
    version: [],
    node_version: [],
    worker_type: [],
    work_pool: [],
  }),
  gauge('worker_host_ready', '1 while the worker claims runs, else 0; same as /ready'),
  gauge('worker_host_problems', 'Problems that keep the worker from claiming runs, as listed on its page'),
  gauge('worker_host_pool_paused', '1 while the work pool is paused, else 0'),
  gauge('worker_host_slots_taken', 'Runs that count against the limit of the worker'),
  gauge('worker_host_slots_limit', 'Maximum number of active runs; +Inf: no limit'),
  gauge('worker_host_active_runs', 'Active runs of the worker', { phase: RUN_PHASES }),
  gauge('worker_host_pool_due_runs', 'Runs of the pool that are due and not claimed'),
  gauge('worker_host_pool_late_runs', 'Runs of the pool that are more than 15 seconds overdue'),
  gauge('worker_host_pool_oldest_due_seconds', 'How long the oldest due run has been due; 0: no run is due'),
  gauge('worker_host_loop_last_success_timestamp_seconds', 'Time of the last successful round of the loop; 0: never', {
    loop: LOOPS,
  }),
  counter('worker_host_loop_rounds_total', "Rounds of the worker's loops", {
    loop: LOOPS,
    outcome: ['success', 'failure'],
  }),
  histogram('worker_host_loop_round_seconds', 'Duration of a round', { loop: LOOPS }, CALL_BUCKETS),
  histogram('worker_host_run_queue_seconds', 'From the scheduled time of a run to its claim'),
  histogram('worker_host_run_launch_seconds', 'From the claim of a run to the launch of its infrastructure'),
  histogram('worker_host_run_start_seconds', 'From the launch of the infrastructure to the start of the job'),
  histogram('worker_host_run_duration_seconds', 'From the start of a job to its end'),
  histogram('worker_host_run_phase_seconds', 'Durations of job phases, as reported by the infrastructure', {
    phase: [],
  }),
  counter('worker_host_runs_ended_total', 'Final states that the worker reported', {
    state: ['completed', 'failed', 'crashed', 'cancelled'],
  }),
  counter('worker_host_submission_failures_total', 'Runs whose launch was refused, or whose job cannot be watched'),
  counter('worker_host_relaunches_total', 'Relaunches after the infrastructure failed'),
  counter('worker_host_kill_failures_total', 'Stop requests that failed and were repeated'),
  gauge('worker_host_orphaned_infrastructure', 'Orphaned jobs: alive, but not watched by this worker'),
  counter('worker_host_orphans_stopped_total', 'Jobs stopped because their run was final or no longer exists'),
  counter('worker_host_notifications_total', 'Notifications, by receiver; failed: tries that are repeated', {
    receiver: ['webhook', 'command', 'none'],
    outcome: ['delivered', 'failed', 'dropped'],
  }),
  gauge('worker_host_notifications_waiting', 'Notifications that are not delivered yet', {
    receiver: ['webhook', 'command'],
  }),
  counter('worker_host_meter_errors_total', 'Measurements that failed'),
  counter('worker_host_spans_lost_total', 'Spans of traces discarded because the collector did not accept them'),
  counter('prefect_api_requests_total', 'Requests to a Prefect server; status `none`: no response', {
    method: [],
    status: [],
  }),
  histogram('prefect_api_request_seconds', 'Response time of a Prefect server', { method: [] }, CALL_BUCKETS),
  counter('prefect_api_retries_total', 'Requests to a Prefect server that were repeated'),
  counter('prefect_events_lost_total', 'Events discarded because the server accepted none for too long'),
  counter('prefect_logs_lost_total', 'Log lines discarded because the server accepted none for too long'),
];

type Labels = MetricDefinition['labels'];

function counter(name: string, help: string, labels?: Labels): MetricDefinition {
  return { name, type: 'counter', help, labels };
}

function gauge(name: string, help: string, labels?: Labels): MetricDefinition {
  return { name, type: 'gauge', help, labels };
}

function histogram(name: string, help: string, labels?: Labels, buckets?: readonly number[]): MetricDefinition {
  return { name, type: 'histogram', help, labels, buckets };
}
