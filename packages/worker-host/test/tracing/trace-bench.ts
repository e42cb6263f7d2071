import {
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { FakePoolOptions } from '@worker-host/testing';
import type { WorkerHostSettings } from '../../src/host/worker-host-settings.js';
import { OtelPackages } from '../../src/tracing/packages.js';
import { traceWith } from '../../src/tracing/trace-with.js';
import { createSubject, type Subject } from '../host/support/subject.js';

export interface TracedSubject extends Subject {
  /** Exported spans so far, in order of their ends. */
  spans(): readonly ReadableSpan[];
  span(name: string): ReadableSpan;
  /** Each span below its parent, by name: `['RUN', ['claim'], …]` as indented lines. */
  tree(): readonly string[];
}

export interface TraceOptions extends Omit<FakePoolOptions, 'clock'> {
  /** Another worker of the same pool; the spans of both are recorded. */
  readonly others?: TracedSubject;
  readonly sampler?: Sampler;
}

export const PACKAGES = new OtelPackages('@opentelemetry/exporter-trace-otlp-proto');
const EXPORTERS = new WeakMap<Subject, InMemorySpanExporter>();

/** A host with a tracer whose spans a test reads. */
export async function createTracedSubject(
  settings: Partial<WorkerHostSettings> = {},
  options: TraceOptions = {},
): Promise<TracedSubject> {
  const exporter = (options.others && EXPORTERS.get(options.others)) ?? new InMemorySpanExporter();
  const holder: { clock: Subject['clock'] | null } = { clock: options.others?.clock ?? null };
  const clock = {
    nowMs: () => holder.clock?.nowMs() ?? 0,
    monotonicMs: () => holder.clock?.monotonicMs() ?? 0,
    sleep: (ms: number, signal?: AbortSignal) => holder.clock?.sleep(ms, signal) ?? Promise.resolve(),
    random: () => 0.5,
  };
  const tracing = await traceWith(PACKAGES, () => new SimpleSpanProcessor(exporter), {
    clock,
    ...(options.sampler ? { sampler: options.sampler } : {}),
  });
  const subject = createSubject(settings, { ...options, tracing });
  holder.clock = subject.clock;
  EXPORTERS.set(subject, exporter);
  const spans = (): readonly ReadableSpan[] => exporter.getFinishedSpans();
  const traced: TracedSubject = {
    ...subject,
    spans,
    span: (name) => {
      const found = spans().find((each) => each.name === name || each.name.startsWith(`${name} `));
      if (found === undefined) throw new Error(`No span '${name}': ${spans().map((each) => each.name)}`);
      return found;
    },
    tree: () => treeOf(spans()),
  };
  EXPORTERS.set(traced, exporter);
  return traced;
}

function treeOf(spans: readonly ReadableSpan[]): readonly string[] {
  const ids = new Set(spans.map((span) => span.spanContext().spanId));
  const below = (parentId: string | null, depth: number): readonly string[] =>
    spans
      .filter(({ parentSpanContext }) => {
        const id = parentSpanContext?.spanId ?? null;
        return parentId === null ? id === null || !ids.has(id) : id === parentId;
      })
      .sort((one, other) => startMs(one) - startMs(other))
      .flatMap((span) => [
        `${'  '.repeat(depth)}${span.name.replace(/^RUN .*/, 'RUN')}`,
        ...below(span.spanContext().spanId, depth + 1),
      ]);
  return below(null, 0);
}

export function startMs({ startTime: [seconds, nanoseconds] }: ReadableSpan): number {
  return seconds * 1000 + nanoseconds / 1_000_000;
}

export function endMs({ endTime: [seconds, nanoseconds] }: ReadableSpan): number {
  return seconds * 1000 + nanoseconds / 1_000_000;
}
