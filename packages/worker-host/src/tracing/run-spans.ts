import type { Span, SpanContext, TraceState } from '@opentelemetry/api';
import type { Exemplar, RunProgress, State, WorkerResult } from '@worker-host/core';
import type { StateDecision } from '../host/run/run-decisions.js';
import type { RunRecord } from '../host/run/run-record.js';
import type { Conclusion, RunEvent, RunState, RunStep, Transition } from '../host/run/run-state.js';
import type { RunTrace } from '../host/run/run-trace.js';
import { layPhases } from './phases.js';
import { resultOf } from './run-result.js';
import { SpanRecord } from './span-record.js';
import type { SpanWriter } from './span-writer.js';
import { formatTraceparent, parentOf, spanIdOf, TRACEPARENT_LABEL, traceIdOf } from './trace-context.js';

/** Name of the span of a step. A watched job is represented by its phases instead. */
const SPAN_NAMES: Readonly<Record<RunStep, string | null>> = {
  claim: 'claim',
  render: 'render',
  find: 'find',
  launch: 'launch',
  watch: null,
  read: 'report',
  report: 'report',
};

/**
 * The spans of one run, from the transitions of the run machine: one for the attempt, below it one for each step and
 * each launch, and below a launch its phases, with the times of the infrastructure.
 *
 * The ids of the spans of attempt and launch are derived from the run, so that every owner of the attempt adds to the
 * same spans; the owner that sees them end writes them.
 */
export class RunSpans implements RunTrace {
  readonly #beganMs: number;
  #root: Span | null = null;
  #step: SpanRecord | null;
  #launch: SpanRecord | null = null;
  #launchedMs: number | null = null;
  #runningMs: number | null = null;
  #last: RunState | null = null;
  #conclusion: Conclusion | null = null;
  #decision: StateDecision | null = null;
  #accepted: State | null = null;
  #foundType: State['type'] | null = null;
  #failure: string | null = null;

  constructor(
    private readonly run: RunRecord,
    private readonly writer: SpanWriter,
  ) {
    this.#beganMs = writer.nowMs();
    this.#step = new SpanRecord('claim', this.#beganMs);
  }

  get jobEnvironment(): Readonly<Record<string, string>> {
    const context = this.#context;
    if (context === null) return {};
    const state = context.traceState?.serialize() ?? '';
    return { TRACEPARENT: traceparentOf(context), ...(state === '' ? {} : { TRACESTATE: state }) };
  }

  get labels(): Readonly<Record<string, string>> {
    const context = this.#context;
    if (context === null || parentOf(this.run.flowRun) !== null) return {};
    return { [TRACEPARENT_LABEL]: traceparentOf(context) };
  }

  get exemplar(): Exemplar | undefined {
    const context = this.#context;
    if (context === null || !isSampled(context)) return undefined;
    return { trace_id: context.traceId, span_id: context.spanId };
  }

  moved(event: RunEvent | null, { state, effects }: Transition): void {
    if (state === this.#last) return;
    this.#last = state;
    this.writer.guard(() => {
      if (event?.type === 'claimed') this.#begin();
      if (event === null && state.isResumed) this.#resume(state);
      if (event !== null) this.#note(event);
      for (const effect of effects) {
        if (effect.do === 'report') this.#decision = effect.decision;
        if (effect.do === 'conclude') this.#conclude(effect.conclusion);
        if (effect.do === 'relaunch')
          this.#root?.addEvent('relaunch', { 'worker_host.relaunch': effect.relaunch }, this.writer.time());
      }
      this.#enter(state);
      if (state.outcome?.kind === 'reported') this.#end();
    });
  }

  progressed(progress: RunProgress): void {
    if (progress.phase !== 'waiting-for-capacity') return;
    const attributes = { reason: this.#text(progress.reason) };
    this.writer.guard(() => (this.#step ?? this.#launch)?.add('waiting for capacity', this.writer.nowMs(), attributes));
  }

  accepted(state: State): void {
    this.#accepted = state;
  }

  get #context(): SpanContext | null {
    return this.#root?.spanContext() ?? null;
  }

  /** Known once there is a lease: the attempt has an id then. */
  #begin(): void {
    const { attempt } = this.run.lease;
    const { id, name, workPoolName, workQueueName } = this.run.flowRun;
    this.#root = this.writer.startRoot({
      ids: { traceId: traceIdOf(id), spanId: spanIdOf(id, attempt.id) },
      parent: parentOf(this.run.flowRun),
      startMs: Math.min(attempt.startedAtMs, this.#beganMs),
      attributes: {
        'cicd.pipeline.action.name': 'RUN',
        'cicd.pipeline.run.id': id,
        'worker_host.run.name': this.#text(name),
        'worker_host.attempt.id': attempt.id,
        ...(workPoolName === null ? {} : { 'worker_host.work_pool.name': this.#text(workPoolName) }),
        ...(workQueueName === null ? {} : { 'worker_host.work_queue.name': this.#text(workQueueName) }),
      },
    });
  }

  #resume(state: RunState): void {
    this.#step = null;
    this.#begin();
    this.#root?.addEvent('taken over', {}, this.writer.time());
    if (state.infrastructurePid === null) return;
    const { startedAtMs } = this.run.lease.attempt;
    this.#launchedMs = state.relaunch === 0 ? startedAtMs : this.#beganMs;
    this.#beginLaunch(state, this.#launchedMs);
  }

  #note(event: RunEvent): void {
    const nowMs = this.writer.nowMs();
    switch (event.type) {
      case 'failed': {
        this.#failure = event.kind;
        const failed = this.#step ?? this.#launch;
        failed?.add('exception', nowMs, {
          'exception.type': event.kind,
          'exception.message': this.#text(event.message),
        });
        return;
      }
      case 'launched':
        this.#launchedMs = nowMs;
        if (this.#launch !== null)
          this.#launch.attributes['cicd.pipeline.task.run.id'] = this.#text(event.infrastructurePid);
        return;
      case 'running':
        this.#runningMs = nowMs;
        return;
      case 'ended':
        this.#closeStep();
        this.#closeLaunch(event.result, nowMs);
        return;
      case 'read':
        this.#foundType = event.flowRun?.stateType ?? null;
        return;
      case 'cancel':
        this.#root?.addEvent('cancellation requested', {}, this.writer.time());
    }
  }

  #conclude(conclusion: Conclusion): void {
    this.#conclusion = conclusion;
    const isError = conclusion.because === 'refused' || conclusion.because === 'unwatchable';
    const error = isError ? this.#text(conclusion.message) : undefined;
    if (this.#step !== null) this.#step.error = error;
    this.#closeStep();
    // The launch of an ended job is already closed.
    const launch = this.#launch;
    this.#launch = null;
    if (launch === null) return;
    launch.error = error;
    this.writer.write(launch, this.#context);
  }

  /** Switches to the current step of the run. */
  #enter(state: RunState): void {
    const name = state.step === null ? null : SPAN_NAMES[state.step];
    if (state.step === 'launch' || state.step === 'watch') this.#beginLaunch(state, this.writer.nowMs());
    if (this.#step?.name === name) return;
    const isOver = state.outcome !== null && state.outcome.kind !== 'reported';
    if (isOver) this.#step?.add(state.outcome?.kind ?? 'released', this.writer.nowMs());
    this.#closeStep();
    this.#step = name === null ? null : new SpanRecord(name, this.writer.nowMs());
  }

  #beginLaunch(state: RunState, startMs: number): void {
    if (this.#launch !== null) return;
    const { id, lease } = this.run;
    this.#launch = new SpanRecord('task', startMs, spanIdOf(id, lease.attempt.id, state.relaunch));
    this.#launch.attributes['worker_host.relaunch'] = state.relaunch;
    if (state.infrastructurePid !== null)
      this.#launch.attributes['cicd.pipeline.task.run.id'] = this.#text(state.infrastructurePid);
  }

  #closeStep(): void {
    const step = this.#step;
    this.#step = null;
    if (step === null) return;
    const parent =
      step.name === 'launch' ? this.writer.childOf(this.#context, this.#launch?.spanId ?? null) : this.#context;
    this.writer.write(step, parent);
  }

  #closeLaunch(result: WorkerResult, endMs: number): void {
    const launch = this.#launch;
    if (launch === null) return;
    this.#launch = null;
    const { end, statusCode, isSuccess } = result;
    const context = this.writer.childOf(this.#context, launch.spanId);
    const observed = { launchedMs: this.#launchedMs ?? launch.startMs, runningMs: this.#runningMs, endMs };
    for (const phase of layPhases(end, observed)) {
      this.writer.write(new SpanRecord(phase.name, phase.startMs), context, phase.endMs);
      // A job that was found rather than launched is older than what the worker saw of it.
      launch.startMs = Math.min(launch.startMs, phase.startMs);
    }
    this.#launchedMs = null;
    this.#runningMs = null;
    const cancelled = end?.stopRequested === true;
    launch.attributes['cicd.pipeline.task.run.result'] = isSuccess ? 'success' : cancelled ? 'cancellation' : 'failure';
    if (end?.exitCode !== null && end?.exitCode !== undefined) launch.attributes['process.exit.code'] = end.exitCode;
    const diagnosis = end?.diagnosis ?? null;
    if (diagnosis !== null) {
      launch.add('diagnosis', endMs, {
        kind: diagnosis.kind,
        level: diagnosis.level,
        summary: this.#text(diagnosis.summary),
        detail: this.#text(diagnosis.detail),
        ...(diagnosis.resolution === null ? {} : { resolution: this.#text(diagnosis.resolution) }),
      });
    }
    if (!isSuccess && !cancelled) {
      launch.attributes['error.type'] = diagnosis?.kind ?? `exit ${statusCode}`;
      launch.error = diagnosis === null ? null : this.#text(diagnosis.summary);
    }
    this.writer.write(launch, this.#context, endMs);
  }

  #end(): void {
    const root = this.#root;
    if (root === null) return;
    const { deployment, flow } = this.run;
    const names = new Set([flow?.name, deployment?.name].filter((name) => name !== undefined));
    const pipeline = names.size === 0 ? null : [...names].join('/');
    const { result, errorType, message } = resultOf({
      conclusion: this.#conclusion,
      decision: this.#decision,
      accepted: this.#accepted,
      foundType: this.#foundType,
      failure: this.#failure,
    });
    root.setAttribute('cicd.pipeline.result', result);
    if (errorType !== null) root.setAttribute('error.type', errorType);
    if (pipeline !== null) {
      root.setAttribute('cicd.pipeline.name', this.#text(pipeline));
      root.updateName(`RUN ${this.#text(pipeline)}`);
    }
    this.writer.end(root, errorType === null ? undefined : message === null ? null : this.#text(message));
  }

  #text(text: string): string {
    return this.run.own.secrets.redact(text);
  }
}

function isSampled({ traceFlags }: SpanContext): boolean {
  return (traceFlags & 1) === 1;
}

function traceparentOf({ traceId, spanId, traceFlags, traceState }: SpanContext): string {
  return formatTraceparent({ traceId, spanId, flags: traceFlags, state: stateOf(traceState) });
}

function stateOf(state: TraceState | undefined): string | null {
  return state?.serialize() ?? null;
}
