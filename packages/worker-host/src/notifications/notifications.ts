import {
  type Clock,
  type FlowRun,
  isJsonObject,
  type JsonObject,
  type Logger,
  type Meter,
  parseJson,
  type SecretRegistry,
  stringifyJson,
  type WorkerResult,
} from '@worker-host/core';
import { DEFAULT_RETRY_POLICY, retryMs } from '../host/retry.js';
import type { RunPhase } from '../host/run/run-state.js';
import type { RunStatus } from '../host/run/run-tokens.js';
import type { RunObserver } from '../host/run-observer.js';
import type { Notification, NotificationKind, NotificationReceiver } from './notification.js';
import { NotificationQueue } from './notification-queue.js';

const ROUND_MS = 15_000;
const MOST_READS = 8;
/**
 * Maximum number of late or stuck runs per round with their own notification; the last one contains the number of
 * others.
 */
const MOST_OF_A_ROUND = 5;
const BEFORE_START: readonly RunPhase[] = ['scheduled', 'claimed', 'rendered', 'submitting', 'launched'];

/** An overdue run, and the reason. */
export interface LateRun {
  readonly flowRun: FlowRun;
  /** Milliseconds since the epoch. */
  readonly dueMs: number;
  readonly reason: string;
}

/** Sources of notifications. */
export interface NotifiedWorld {
  readonly workerName: string;
  readonly workPoolName: string;
  /** Returns the command that prints the log of a run. */
  readonly logCommand: (flowRunId: string) => string;
  /** Returns its page in the UI of the control plane. Null: it has none. */
  runPage(flowRunId: string): string | null;
  /** Null: deleted. */
  readRun(flowRunId: string): Promise<FlowRun | null>;
  /** Null: deleted. */
  readDeploymentName(id: string): Promise<string | null>;
  /** Returns unclaimed runs of the pool that were due before a time (milliseconds since the epoch). */
  readLate(beforeMs: number): Promise<readonly LateRun[]>;
  activeRuns(): readonly RunStatus[];
}

/** Filter for notifications. */
export interface NotifyRules {
  readonly kinds: readonly NotificationKind[];
  /** Empty: all, including runs without a deployment. */
  readonly deployments: readonly string[];
  readonly lateSeconds: number;
  readonly stuckSeconds: number;
}

/** The reason of a notification with its explanation. */
type Why = Pick<Notification, 'reason' | 'detail' | 'advice'>;

/** The known data of a run for a notification. */
interface Subject {
  readonly kind: NotificationKind;
  /** Distinguishes this notification from others of the same kind and run. */
  readonly key: string;
  readonly flowRun: FlowRun;
  readonly why: Why;
  readonly exitCode: number | null;
  readonly more: number;
}

/** Detects failed, late and stuck runs, and notifies the receivers. Runs never wait for it. */
export class Notifications implements RunObserver {
  readonly #queues: readonly NotificationQueue[];
  readonly #stop = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  /** Late and stuck runs that were already reported, while they stay late or stuck. */
  #known: ReadonlySet<string> = new Set();

  constructor(
    private readonly world: NotifiedWorld,
    private readonly rules: NotifyRules,
    receivers: readonly NotificationReceiver[],
    private readonly secrets: SecretRegistry,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly meter: Meter,
  ) {
    this.#queues = receivers.map((receiver) => new NotificationQueue(receiver, clock, logger, meter));
  }

  /** Called when a run was reported here. @param result null: it was not launched. */
  reported(flowRunId: string, result: WorkerResult | null): void {
    if (this.rules.kinds.includes('failed')) this.#track(flowRunId, this.#failed(flowRunId, result));
  }

  /** Searches for late and stuck runs until it is closed. */
  watch(): void {
    void this.#watch();
  }

  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Waits up to three seconds for queued notifications; the rest is dropped and logged. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#queues.map((queue) => queue.close()));
  }

  #track(run: string, work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        this.meter.count('worker_host_notifications_total', { receiver: 'none', outcome: 'dropped' });
        this.logger.warn('Dropping a notification: the run cannot be read', { flowRunId: run, error });
      })
      .finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  /** A run that is retried is already scheduled again, and has not failed. */
  async #failed(flowRunId: string, result: WorkerResult | null): Promise<void> {
    const flowRun = await this.#read(flowRunId);
    if (flowRun === null || (flowRun.stateType !== 'FAILED' && flowRun.stateType !== 'CRASHED')) return;
    const diagnosis = result?.end?.diagnosis ?? null;
    const message = flowRun.state?.message ?? null;
    await this.#notify({
      kind: 'failed',
      key: flowRun.state?.timestamp ?? '',
      flowRun,
      why: {
        reason: diagnosis?.summary || firstLine(message) || 'No reason is known',
        detail: diagnosis?.detail || message,
        advice: diagnosis?.resolution ?? null,
      },
      exitCode: result?.end?.exitCode ?? result?.statusCode ?? null,
      more: 0,
    });
  }

  async #read(flowRunId: string): Promise<FlowRun | null> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.world.readRun(flowRunId);
      } catch (error) {
        if (tries >= MOST_READS || this.#stop.signal.aborted) throw error;
        await this.clock.sleep(retryMs(DEFAULT_RETRY_POLICY, tries, this.clock), this.#stop.signal).catch(() => {});
      }
    }
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#round();
      } catch (error) {
        // An unavailable control plane is reported elsewhere.
        this.logger.debug('Looking for late and stuck runs failed', { error });
      }
      await this.clock.sleep(ROUND_MS, signal).catch(() => {});
    }
  }

  async #round(): Promise<void> {
    const found = [
      ...(this.rules.kinds.includes('late') ? await this.#late() : []),
      ...(this.rules.kinds.includes('stuck') ? await this.#stuck() : []),
    ];
    const keyOf = ({ kind, key, flowRun }: Subject): string => `${kind}/${flowRun.id}/${key}`;
    const fresh = found.filter((subject) => !this.#known.has(keyOf(subject)));
    this.#known = new Set(found.map(keyOf));
    for (const kind of ['late', 'stuck'] as const) {
      const ofKind = fresh.filter((subject) => subject.kind === kind);
      const told = ofKind.slice(0, MOST_OF_A_ROUND);
      for (const [index, subject] of told.entries())
        await this.#notify({ ...subject, more: index === told.length - 1 ? ofKind.length - told.length : 0 });
    }
  }

  /** Sorts the longest overdue first. */
  async #late(): Promise<readonly Subject[]> {
    const runs = await this.world.readLate(this.clock.nowMs() - this.rules.lateSeconds * 1000);
    return [...runs]
      .sort((a, b) => a.dueMs - b.dueMs)
      .map(({ flowRun, dueMs, reason }) => {
        const why = { reason, detail: null, advice: null };
        return { kind: 'late', key: new Date(dueMs).toISOString(), flowRun, why, exitCode: null, more: 0 };
      });
  }

  async #stuck(): Promise<readonly Subject[]> {
    const nowMs = this.clock.nowMs();
    const subjects: Subject[] = [];
    for (const run of this.world.activeRuns()) {
      const seconds = Math.floor((nowMs - run.sinceMs) / 1000);
      if (!BEFORE_START.includes(run.phase) || seconds < this.rules.stuckSeconds) continue;
      const flowRun = await this.world.readRun(run.flowRunId);
      if (flowRun === null) continue;
      const tries = run.failures === 0 ? '' : `; the present step failed ${run.failures} times in a row`;
      const why = {
        reason: `It was claimed ${seconds} s ago and has not started: ${phaseOf(run)}${tries}.`,
        detail: null,
        advice: null,
      };
      subjects.push({ kind: 'stuck', key: new Date(run.sinceMs).toISOString(), flowRun, why, exitCode: null, more: 0 });
    }
    return subjects;
  }

  async #notify({ kind, key, flowRun, why, exitCode, more }: Subject): Promise<void> {
    const { deployments } = this.rules;
    const { deploymentId } = flowRun;
    const deployment =
      deploymentId === null ? null : await this.world.readDeploymentName(deploymentId).catch(() => null);
    if (deployments.length > 0 && (deployment === null || !deployments.includes(deployment))) return;
    const { workerName, workPoolName } = this.world;
    const verb = { failed: 'failed', late: 'is late', stuck: 'is stuck' }[kind];
    const others = more === 0 ? '' : ` (and ${more} more)`;
    const notification: Notification = {
      id: `${kind}/${flowRun.id}/${key}`,
      kind,
      time: new Date(this.clock.nowMs()).toISOString(),
      summary: `Run '${flowRun.name}'${deployment === null ? '' : ` of '${deployment}'`} ${verb}${others}: ${why.reason}`,
      ...why,
      more,
      log: this.world.logCommand(flowRun.id),
      worker: workerName,
      workPool: workPoolName,
      run: {
        id: flowRun.id,
        name: flowRun.name,
        deployment,
        workQueue: flowRun.workQueueName,
        tags: flowRun.tags,
        state: flowRun.stateType,
        stateName: flowRun.stateName,
        scheduled: flowRun.nextScheduledStartTime ?? flowRun.expectedStartTime,
        started: flowRun.startTime,
        exitCode,
        infrastructurePid: flowRun.infrastructurePid,
        url: this.world.runPage(flowRun.id),
      },
    };
    const clean = this.secrets.redactJson(parseJson(stringifyJson(notification)));
    if (!isJsonObject(clean)) return;
    for (const queue of this.#queues) queue.add(clean as Notification & JsonObject);
  }
}

function phaseOf({ phase, progress }: RunStatus): string {
  if (progress === null) return phase;
  return progress.phase === 'waiting-for-capacity' ? `waiting for capacity (${progress.reason})` : progress.phase;
}

function firstLine(text: string | null): string {
  return (text ?? '').split('\n', 1)[0] ?? '';
}
