import { type FlowRun, SecretRegistry, type WorkerResult } from '@worker-host/core';
import { aFlowRun, FakeClock, RecordingLogger, settle } from '@worker-host/testing';
import { expect } from 'chai';
import type { RunStatus } from '../../src/host/run/run-tokens.js';
import {
  type Notification,
  type NotificationReceiver,
  NotificationRefusedError,
} from '../../src/notifications/notification.js';
import { MOST_TRIES, MOST_WAITING } from '../../src/notifications/notification-queue.js';
import { type LateRun, Notifications, type NotifyRules } from '../../src/notifications/notifications.js';

const RULES: NotifyRules = { kinds: ['failed', 'late', 'stuck'], deployments: [], lateSeconds: 60, stuckSeconds: 900 };

describe('Notifications', () => {
  let clock: FakeClock;
  let logger: RecordingLogger;
  let sent: Notification[];
  let counts: Map<string, number>;
  let runs: Map<string, FlowRun | Error | null>;
  let late: LateRun[];
  let active: RunStatus[];
  let send: NotificationReceiver['send'];
  beforeEach(() => {
    clock = new FakeClock();
    logger = new RecordingLogger();
    [sent, late, active] = [[], [], []];
    [counts, runs] = [new Map(), new Map()];
    send = async (notification) => void sent.push(notification);
  });

  const open = (rules: Partial<NotifyRules> = {}): Notifications => {
    const secrets = new SecretRegistry();
    secrets.add('hunter2hunter2');
    const world = {
      workerName: 'w',
      workPoolName: 'mine',
      logCommand: (id: string) => `logs ${id}`,
      runPage: (id: string) => `http://ui/${id}`,
      readRun: async (id: string) => {
        const run = runs.get(id) ?? null;
        if (run instanceof Error) throw run;
        return run;
      },
      readDeploymentName: async () => 'nightly',
      readLate: async (beforeMs: number) => late.filter(({ dueMs }) => dueMs < beforeMs),
      activeRuns: () => active,
    };
    const meter = {
      count: (name: string, labels?: object) => {
        const key = `${name} ${Object.values(labels ?? {}).join(' ')}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      },
      gauge: () => {},
      observe: () => {},
    };
    const receiver: NotificationReceiver = { name: 'webhook', timeoutMs: 10_000, send: (...given) => send(...given) };
    return new Notifications(world, { ...RULES, ...rules }, [receiver], secrets, clock, logger, meter);
  };
  const failedRun = (id: string, message = 'exit status 137', change: Partial<FlowRun> = {}): FlowRun => {
    const state = { id: `s-${id}`, type: 'FAILED', name: 'Failed', message, timestamp: '2026-01-02T03:04:00Z' };
    return aFlowRun({ id, name: `run-${id}`, stateType: 'FAILED', stateName: 'Failed', state, ...change } as never);
  };
  const result = (over: object): WorkerResult =>
    ({
      identifier: 'arn',
      statusCode: 137,
      isSuccess: false,
      end: { exitCode: 137, diagnosis: null, ...over },
    }) as never;
  const linesOf = (level: string): readonly string[] =>
    logger.lines.filter((line) => line.level === level).map(({ message }) => message);

  it('sends the data of a failed run, without its secrets', async () => {
    runs.set('a', failedRun('a'));
    const notifications = open();
    const diagnosis = {
      kind: 'oom',
      level: 'error',
      summary: 'Out of memory',
      detail: 'container job: hunter2hunter2',
      resolution: 'Raise `memory`.',
    };

    notifications.reported('a', result({ diagnosis }));
    await settle();

    expect(sent).to.have.length(1);
    expect(sent[0]).to.deep.equal({
      id: 'failed/a/2026-01-02T03:04:00Z',
      kind: 'failed',
      time: '2026-01-02T03:04:05.000Z',
      summary: "Run 'run-a' of 'nightly' failed: Out of memory",
      reason: 'Out of memory',
      detail: 'container job: ********',
      advice: 'Raise `memory`.',
      log: 'logs a',
      more: 0,
      worker: 'w',
      workPool: 'mine',
      run: {
        id: 'a',
        name: 'run-a',
        deployment: 'nightly',
        workQueue: 'default',
        tags: [],
        state: 'FAILED',
        stateName: 'Failed',
        scheduled: '2026-01-02T03:04:05.000000+00:00',
        started: null,
        exitCode: 137,
        infrastructurePid: null,
        url: 'http://ui/a',
      },
    });
  });

  it('uses the message of the state without a diagnosis, such as of a run that was not launched', async () => {
    runs.set('a', failedRun('a', 'No such image\nmore', { stateType: 'CRASHED' }));
    open().reported('a', null);
    await settle();

    expect(sent[0]).to.include({ reason: 'No such image', detail: 'No such image\nmore', advice: null });
    expect(sent[0]?.run).to.include({ state: 'CRASHED', exitCode: null });
  });

  it('sends nothing about runs that succeeded, were cancelled, are retried or were deleted', async () => {
    for (const stateType of ['COMPLETED', 'CANCELLED', 'SCHEDULED'] as const)
      runs.set(stateType, failedRun(stateType, '', { stateType }));
    const notifications = open();
    for (const id of [...runs.keys(), 'gone']) notifications.reported(id, result({}));
    await settle();

    expect(sent).to.deep.equal([]);
  });

  it('respects the configured kinds and deployments', async () => {
    runs.set('a', failedRun('a'));
    runs.set('plain', failedRun('plain', 'x', { deploymentId: null }));
    for (const rules of [{ kinds: ['late'] as const }, { deployments: ['other'] }]) {
      open(rules).reported('a', result({}));
      await settle();
    }
    expect(sent).to.deep.equal([]);

    const chosen = open({ deployments: ['nightly'] });
    chosen.reported('plain', result({}));
    chosen.reported('a', result({}));
    await settle();
    expect(sent.map(({ run }) => run.id)).to.deep.equal(['a']);
  });

  it('reads a run again while the control plane is unavailable, and logs what it gives up', async () => {
    runs.set('a', new Error('away'));
    const notifications = open();
    notifications.reported('a', result({}));
    await settle();
    runs.set('a', failedRun('a'));
    await clock.advance(2000);
    expect(sent).to.have.length(1);

    runs.set('b', new Error('away'));
    notifications.reported('b', result({}));
    const settled = notifications.settled();
    await clock.advance(3_600_000);
    await settled;

    expect(counts.get('worker_host_notifications_total none dropped')).to.equal(1);
    expect(logger.lines.find(({ level }) => level === 'warn')?.fields).to.include({ flowRunId: 'b' });
  });

  it('retries a failed delivery with increasing delays, and logs the failure and the recovery once', async () => {
    let failures = 3;
    const times: number[] = [];
    send = async (notification) => {
      times.push(clock.nowMs());
      if (failures-- > 0) throw new Error('503');
      sent.push(notification);
    };
    for (const id of ['a', 'b']) runs.set(id, failedRun(id));
    const notifications = open();
    for (const id of ['a', 'b']) notifications.reported(id, result({}));
    await clock.advance(60_000);

    expect(sent.map(({ run }) => run.id)).to.deep.equal(['a', 'b']);
    expect(times.slice(1, 4).map((ms, at) => ms - (times[at] ?? 0))).to.deep.equal([1000, 2000, 4000]);
    expect(linesOf('warn')).to.deep.equal(['Delivering a notification to the webhook failed; retrying']);
    expect(linesOf('info')).to.deep.equal(['Delivering notifications to the webhook works again']);
    expect(counts.get('worker_host_notifications_total webhook failed')).to.equal(3);
    expect(counts.get('worker_host_notifications_total webhook delivered')).to.equal(2);
  });

  it('logs and counts what it drops: rejected, tried too often, or too many', async () => {
    send = async ({ run }) => {
      throw run.id === 'refused' ? new NotificationRefusedError('the webhook answered 400') : new Error('503');
    };
    for (const id of ['refused', 'dead']) runs.set(id, failedRun(id));
    const notifications = open();
    for (const id of ['refused', 'dead']) notifications.reported(id, result({}));
    await settle();
    expect(linesOf('warn')[0]).to.equal('Dropping a notification for the webhook: the webhook answered 400');
    for (let at = 0; at < MOST_WAITING + 1; at += 1) {
      runs.set(`n-${at}`, failedRun(`n-${at}`));
      notifications.reported(`n-${at}`, result({}));
    }
    await settle();
    const full = logger.lines.filter(({ message }) => message.endsWith(`${MOST_WAITING} others wait`));
    expect(full.map(({ fields }) => fields.flowRunId)).to.deep.equal([`n-${MOST_WAITING - 1}`, `n-${MOST_WAITING}`]);

    await clock.advance(900_000);
    const tired = logger.lines.find(({ message }) => message.endsWith(`${MOST_TRIES} tries failed`));
    expect(tired?.fields).to.include({ run: 'run-dead', kind: 'failed' });
    expect(counts.get('worker_host_notifications_total webhook dropped')).to.equal(4);
  });

  it('waits three seconds for queued ones at the end, then drops and logs them', async () => {
    let isAborted = false;
    send = (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          isAborted = true;
          reject(signal.reason);
        });
      });
    for (const id of ['a', 'b']) runs.set(id, failedRun(id));
    const notifications = open();
    for (const id of ['a', 'b']) notifications.reported(id, result({}));
    await settle();

    const closing = notifications.close();
    await clock.advance(2999);
    expect(isAborted).to.equal(false);
    await clock.advance(1);
    await closing;

    expect(isAborted).to.equal(true);
    expect(logger.lines.map(({ fields }) => fields.flowRunId)).to.deep.equal(['a', 'b']);
    expect(linesOf('warn')[0]).to.equal('Dropping a notification for the webhook: the worker is stopping');
  });

  it('reports late runs once, the longest overdue first, and counts those beyond five', async () => {
    const dueMs = clock.nowMs();
    late = Array.from({ length: 8 }, (_, at) => {
      const flowRun = aFlowRun({ id: `l-${at}`, name: `l-${at}` });
      return { flowRun, dueMs: dueMs - (at + 1) * 1000, reason: 'The pool is paused.' };
    });
    const notifications = open();
    notifications.watch();
    await clock.advance(45_000);
    expect(sent).to.deep.equal([]);
    await clock.advance(15_000);

    expect(sent.map(({ run, more }) => [run.id, more])).to.deep.equal([
      ['l-7', 0],
      ['l-6', 0],
      ['l-5', 0],
      ['l-4', 0],
      ['l-3', 3],
    ]);
    expect(sent[4]?.summary).to.equal("Run 'l-3' of 'nightly' is late (and 3 more): The pool is paused.");
    await clock.advance(600_000);
    expect(sent).to.have.length(5);
    await notifications.close();
  });

  it('reports a run that is claimed and does not start, with what it waits for', async () => {
    const status = { flowRunId: 'a', name: 'run-a', infrastructurePid: null, isCancelling: false, relaunches: 0 };
    const sinceMs = clock.nowMs();
    const progress = { phase: 'waiting-for-capacity', sinceMs, reason: 'no Fargate Spot' } as const;
    active = [
      { ...status, phase: 'submitting', sinceMs, progress, failures: 2 },
      { ...status, flowRunId: 'b', phase: 'running', sinceMs, progress: null, failures: 0 },
    ];
    runs.set('a', aFlowRun({ id: 'a', name: 'run-a', stateType: 'PENDING' }));
    const notifications = open();
    notifications.watch();
    await clock.advance(899_000);
    expect(sent).to.deep.equal([]);
    await clock.advance(60_000);

    expect(sent.map(({ kind, reason }) => [kind, reason])).to.deep.equal([
      [
        'stuck',
        'It was claimed 900 s ago and has not started: waiting for capacity (no Fargate Spot); the present step failed 2 times in a row.',
      ],
    ]);
    await notifications.close();
  });
});
