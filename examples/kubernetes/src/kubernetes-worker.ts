import {
  BaseWorker,
  type Clock,
  type FlowRun,
  InfrastructureNotAvailable,
  InfrastructureNotFound,
  InfrastructureStopUnconfirmed,
  type LaunchName,
  type LaunchPlace,
  linkSignals,
  type RunContext,
  type StartedInfrastructure,
  type WorkerOptions,
  type WorkerResult,
} from '@worker-host/core';
import { isStatus } from './api/api-status-error.js';
import type { KubernetesApi } from './api/kubernetes-api.js';
import type { Job } from './api/kubernetes-objects.js';
import {
  ANNOTATIONS,
  infrastructurePidOf,
  type JobIdentity,
  jobNameOf,
  LABELS,
  parseInfrastructurePid,
  poolLabelOf,
} from './jobs/job-identity.js';
import { environmentSecret, jobManifest, type Launch } from './jobs/job-manifest.js';
import { hasEnded } from './jobs/job-state.js';
import { describeJob, watchJob } from './jobs/watch-job.js';
import type { KubernetesConfiguration } from './kubernetes-configuration.js';
import { KubernetesJobRefusedError } from './kubernetes-errors.js';

const QUOTA_POLL_MS = 10_000;

/** Runs each job as a Kubernetes Job, whose name is derived from run, attempt and relaunch. */
export class KubernetesWorker extends BaseWorker<KubernetesConfiguration> {
  readonly type = 'kubernetes';
  override readonly capabilities = { canKill: true, canResume: true, canList: true };
  readonly #closing = new AbortController();
  #api: Promise<KubernetesApi> | null = null;

  constructor(
    private readonly options: WorkerOptions,
    private readonly clock: Clock,
    private readonly connect: () => Promise<KubernetesApi>,
  ) {
    super();
  }

  override async teardown(): Promise<void> {
    this.#closing.abort(new Error('The worker was torn down'));
    await this.#api?.then((api) => api.close()).catch(() => undefined);
  }

  override async checkReady({ namespace }: KubernetesConfiguration): Promise<void> {
    const api = await this.#connected();
    await api.listJobs(namespace, `${LABELS.pool}=${this.#poolLabel}`, 1);
  }

  async run(flowRun: FlowRun, configuration: KubernetesConfiguration, context: RunContext): Promise<WorkerResult> {
    return await this.#whileOpen(context.signal, async (signal) => {
      const api = await this.#connected();
      const cluster = await api.clusterId();
      const { attempt, relaunch, launchPlace } = context;
      const namespace = namespaceOf(launchPlace, cluster, flowRun.id) ?? configuration.namespace;
      const identity = { cluster, namespace, name: jobNameOf({ attempt, relaunch }) };
      signal.throwIfAborted();
      const launch = { name: identity.name, attempt, poolLabel: this.#poolLabel };
      const job =
        (await api.readJob(namespace, identity.name)) ??
        (await this.#launched(api, identity, launch, configuration, context, signal));
      // The pod waits for it. An earlier owner may have been killed before it was created.
      await api.putSecret(namespace, environmentSecret(launch, configuration, job.metadata.uid ?? ''));
      await context.started(infrastructurePidOf(identity));
      return await this.#watch(api, identity, context, signal);
    });
  }

  override async resume(
    infrastructurePid: string,
    _flowRun: FlowRun,
    _configuration: KubernetesConfiguration,
    context: RunContext,
  ): Promise<WorkerResult> {
    return await this.#whileOpen(context.signal, async (signal) => {
      const api = await this.#connected();
      const identity = await this.#ours(api, infrastructurePid);
      return await this.#watch(api, identity, context, signal);
    });
  }

  /**
   * Marks the job, sets the grace period of its pods, and prevents further pods. The job stays, so that its end is
   * known.
   */
  override async killInfrastructure(
    infrastructurePid: string,
    _configuration: KubernetesConfiguration,
    graceSeconds = 30,
  ): Promise<void> {
    const api = await this.#connected();
    const identity = await this.#ours(api, infrastructurePid);
    const { namespace, name } = identity;
    const view = await describeJob(api, identity);
    if (view === null || hasEnded(view)) throw new InfrastructureNotFound(infrastructurePid, 'the job has ended');
    const now = new Date(this.clock.nowMs()).toISOString();
    const annotations = { [ANNOTATIONS.stopRequested]: now };
    if ((await api.patchJob(namespace, name, { metadata: { annotations } })) === null)
      throw new InfrastructureNotFound(infrastructurePid, 'the job was deleted');
    for (const pod of view.pods)
      if (pod.metadata.deletionTimestamp === undefined) await api.deletePod(namespace, pod.metadata.name, graceSeconds);
    await api.patchJob(namespace, name, { spec: { suspend: true } });
    const after = await describeJob(api, identity);
    const isRunning = after?.pods.some(({ metadata, status }) => {
      return metadata.deletionTimestamp === undefined && ['Pending', 'Running'].includes(status?.phase ?? 'Pending');
    });
    if (isRunning) throw new InfrastructureStopUnconfirmed(infrastructurePid, 'running');
  }

  override async listInfrastructure(
    configurations: readonly KubernetesConfiguration[],
    places: readonly LaunchPlace[],
  ): Promise<readonly StartedInfrastructure[]> {
    const api = await this.#connected();
    const cluster = await api.clusterId();
    const namespaces = new Set(configurations.map(({ namespace }) => namespace));
    for (const place of places)
      if (place.cluster === cluster && typeof place.namespace === 'string') namespaces.add(place.namespace);
    const started: StartedInfrastructure[] = [];
    for (const namespace of namespaces) {
      const selector = `${LABELS.pool}=${this.#poolLabel}`;
      const [jobs, pods] = [await api.listJobs(namespace, selector), await api.listPods(namespace, selector)];
      for (const job of jobs) {
        const { name, labels = {}, annotations = {} } = job.metadata;
        const own = pods.filter(({ metadata }) => metadata.labels?.[LABELS.launch] === name);
        if (hasEnded({ job, pods: own })) continue;
        started.push({
          infrastructurePid: infrastructurePidOf({ cluster, namespace, name }),
          flowRunId: labels[LABELS.flowRun] ?? '',
          attemptId: annotations[ANNOTATIONS.attempt] ?? null,
        });
      }
    }
    return started;
  }

  override async findInfrastructure(
    launch: LaunchName,
    configuration: KubernetesConfiguration,
  ): Promise<string | null> {
    const api = await this.#connected();
    const cluster = await api.clusterId();
    const namespace = namespaceOf(launch.place, cluster, launch.attempt.flowRunId) ?? configuration.namespace;
    const identity = { cluster, namespace, name: jobNameOf(launch) };
    return (await api.readJob(namespace, identity.name)) === null ? null : infrastructurePidOf(identity);
  }

  get #poolLabel(): string {
    return poolLabelOf(this.options.workPoolName);
  }

  async #launched(
    api: KubernetesApi,
    { cluster, namespace, name }: JobIdentity,
    launch: Launch,
    configuration: KubernetesConfiguration,
    context: RunContext,
    signal: AbortSignal,
  ): Promise<Job> {
    context.cancelled.throwIfAborted();
    const { flowRunId } = launch.attempt;
    if (!configuration.image) throw new KubernetesJobRefusedError(flowRunId, 'the job variable "image" is empty');
    if (context.launchPlace === null) await context.launching({ cluster, namespace });
    const waiting = linkSignals(signal, context.cancelled);
    const sinceMs = this.clock.nowMs();
    try {
      for (;;) {
        try {
          context.assertOwned();
          return await api.createJob(namespace, jobManifest(launch, configuration));
        } catch (error) {
          const existing = isStatus(error, 409) ? await api.readJob(namespace, name) : null;
          if (existing !== null) return existing;
          if (!isStatus(error, 403)) throw refusalOf(flowRunId, error);
          const reason = `the quota of the namespace '${namespace}' is used up`;
          context.progress({ phase: 'waiting-for-capacity', sinceMs, reason });
        }
        await this.clock.sleep(QUOTA_POLL_MS, waiting.signal);
      }
    } finally {
      waiting.dispose();
    }
  }

  async #watch(api: KubernetesApi, identity: JobIdentity, context: RunContext, signal: AbortSignal) {
    const { hostCollectsOutput } = this.options;
    return await watchJob(identity, context, signal, { api, clock: this.clock, hostCollectsOutput });
  }

  async #connected(): Promise<KubernetesApi> {
    this.#closing.signal.throwIfAborted();
    this.#api ??= this.connect().catch((error: unknown) => {
      this.#api = null;
      throw error;
    });
    return await this.#api;
  }

  /** @throws InfrastructureNotFound, InfrastructureNotAvailable for a job of another cluster. */
  async #ours(api: KubernetesApi, infrastructurePid: string): Promise<JobIdentity> {
    const identity = parseInfrastructurePid(infrastructurePid);
    const cluster = await api.clusterId();
    if (identity.cluster !== cluster)
      throw new InfrastructureNotAvailable(infrastructurePid, `it is in another cluster than ${cluster}`);
    return identity;
  }

  async #whileOpen<T>(watching: AbortSignal, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal, dispose } = linkSignals(watching, this.#closing.signal);
    try {
      signal.throwIfAborted();
      return await call(signal);
    } finally {
      dispose();
    }
  }
}

/** Returns the namespace stored for a launch. Null: none. @throws InfrastructureNotAvailable for another cluster. */
function namespaceOf(place: LaunchPlace | null, cluster: string, flowRunId: string): string | null {
  if (place === null) return null;
  if (place.cluster !== cluster)
    throw new InfrastructureNotAvailable(
      flowRunId,
      `it was launched in cluster ${place.cluster}, and this one is ${cluster}`,
    );
  return String(place.namespace);
}

/** An error of the API about the request concerns the job, and will be the same the next time. */
function refusalOf(flowRunId: string, error: unknown): unknown {
  const isRefused = [400, 404, 413, 422].some((status) => isStatus(error, status));
  if (!isRefused) return error;
  return new KubernetesJobRefusedError(flowRunId, (error as { readonly problem: string }).problem);
}
