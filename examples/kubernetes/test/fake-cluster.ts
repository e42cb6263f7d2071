import { FakeApiServer, type Stored } from './fake-api-server.js';

const LAUNCH = 'worker-host.dev/launch';
const FLOW_RUN = 'worker-host.dev/flow-run-id';

/** The controllers and the node of a cluster: they create pods of jobs, run them, and end them. */
export class FakeCluster {
  readonly #released = new Set<string>();
  readonly #slow = new Set<string>();
  /** Runs that have had a job. */
  readonly #launches = new Map<string, Set<string>>();
  #lines = 0;

  private constructor(readonly server: FakeApiServer) {}

  static async open(): Promise<FakeCluster> {
    return new FakeCluster(await FakeApiServer.open());
  }

  /** One turn of everything: jobs get pods; pods start, end, and are deleted. */
  live(): void {
    for (const job of this.server.of('jobs')) this.#control(job);
    for (const pod of this.server.of('pods')) this.#run(pod);
  }

  /** True once the process of a run's job exists. */
  isRunning(flowRunId: string): boolean {
    const own = this.server.of('pods').filter(({ metadata }) => metadata.labels?.[FLOW_RUN] === flowRunId);
    return own.some(({ status }) => status?.phase === 'Running');
  }

  release(flowRunId: string): void {
    this.#released.add(flowRunId);
  }

  launchesOf(flowRunId: string): number {
    for (const { metadata } of this.server.of('jobs')) {
      const own = this.#launches.get(metadata.labels?.[FLOW_RUN] ?? '') ?? new Set();
      this.#launches.set(metadata.labels?.[FLOW_RUN] ?? '', own.add(metadata.uid));
    }
    return this.#launches.get(flowRunId)?.size ?? 0;
  }

  slowStop(flowRunId: string): () => void {
    this.#slow.add(flowRunId);
    return () => void this.#slow.delete(flowRunId);
  }

  print(flowRunId: string, lines: readonly string[]): void {
    this.live();
    const pod = this.server.of('pods').find(({ metadata }) => metadata.labels?.[FLOW_RUN] === flowRunId);
    if (pod === undefined) throw new Error('The job has no pod');
    const { logs } = this.server;
    for (const line of lines) {
      // Several lines per second, some with the same timestamp, and timestamps with trailing zeros.
      const at = new Date(Date.UTC(2026, 0, 2, 3, 4, 5) + Math.floor(this.#lines / 2) * 300).toISOString();
      this.#lines += 1;
      const { name } = pod.metadata;
      logs.set(name, `${logs.get(name) ?? ''}${at.replace(/0+Z$/, 'Z').replace('.Z', 'Z')} ${line}\n`);
    }
  }

  environmentOf(flowRunId: string): Record<string, string> {
    const [job] = this.server.of('jobs').filter(({ metadata }) => metadata.labels?.[FLOW_RUN] === flowRunId);
    const secret = this.server.of('secrets').find(({ metadata }) => metadata.name === job?.metadata.name);
    const data = Object.entries(secret?.data ?? {});
    return Object.fromEntries(data.map(([name, value]) => [name, Buffer.from(value, 'base64').toString()]));
  }

  labelsOf(flowRunId: string): Record<string, string> {
    const [job] = this.server.of('jobs').filter(({ metadata }) => metadata.labels?.[FLOW_RUN] === flowRunId);
    return job?.metadata.labels ?? {};
  }

  close(): Promise<void> {
    return this.server.close();
  }

  #control(job: Stored): void {
    const { name, namespace, labels } = job.metadata;
    const pods = this.server.of('pods').filter(({ metadata }) => metadata.labels?.[LAUNCH] === name);
    const { suspend } = job.spec as { readonly suspend?: boolean };
    const hadPod = job.status?.hadPod === true;
    if (isFinished(job)) return;
    if (!hadPod && !suspend) {
      const metadata = { name: `${name}-abcde`, namespace, labels, uid: `${name}-pod`, creationTimestamp: '' };
      const { template } = job.spec as { readonly template: { readonly spec: Record<string, unknown> } };
      this.server.objects.set(`pods/${namespace}/${metadata.name}`, {
        metadata: { ...metadata, labels: { ...labels } },
        spec: template.spec,
        status: { phase: 'Pending' },
      });
      job.status = { ...job.status, hadPod: true };
      return;
    }
    const [pod] = pods;
    if (hadPod && (pod === undefined || pod.status?.phase === 'Failed') && !suspend) finish(job, 'Failed');
    if (pod?.status?.phase === 'Succeeded') finish(job, 'Complete');
  }

  #run(pod: Stored): void {
    const { name, namespace, labels = {}, deletionTimestamp } = pod.metadata;
    const flowRunId = labels[FLOW_RUN] ?? '';
    const key = `pods/${namespace}/${name}`;
    if (deletionTimestamp !== undefined) {
      if (!this.#slow.has(flowRunId)) this.server.objects.delete(key);
      return;
    }
    const { containers = [] } = (pod.spec ?? {}) as {
      containers?: readonly { readonly command?: readonly string[] }[];
    };
    const [container] = containers;
    const hasEnvironment = this.server.objects.has(`secrets/${namespace}/${labels[LAUNCH]}`);
    if (pod.status?.phase === 'Pending' && hasEnvironment)
      pod.status = { phase: 'Running', containerStatuses: [{ name: 'job', state: { running: {} } }] };
    if (pod.status?.phase !== 'Running') return;
    const exit = /exit (\d+)/.exec(container?.command?.at(-1) ?? '');
    const exitCode = exit ? Number(exit[1]) : this.#released.has(flowRunId) ? 0 : null;
    if (exitCode === null) return;
    const terminated = {
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      finishedAt: new Date().toISOString(),
    };
    pod.status = {
      phase: exitCode === 0 ? 'Succeeded' : 'Failed',
      containerStatuses: [{ name: 'job', state: { terminated } }],
    };
  }
}

function isFinished({ status }: Stored): boolean {
  return Array.isArray(status?.conditions);
}

function finish(job: Stored, type: string): void {
  job.status = { ...job.status, conditions: [{ type, status: 'True' }] };
}
