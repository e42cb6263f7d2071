import { createHash } from 'node:crypto';
import type { FlowRun } from '@worker-host/core';

/** A span as identified by W3C Trace Context. */
export interface SpanReference {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** Bit 0: the trace is sampled. */
  readonly flags: number;
  /** Opaque data of vendors. Null: none. */
  readonly state: string | null;
}

/** Labels in which a run carries its parent span. Prefect reads and writes the first one. */
export const TRACEPARENT_LABEL = '__OTEL_TRACEPARENT';
const TRACESTATE_LABEL = '__OTEL_TRACESTATE';

const TRACEPARENT = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?$/;
/** The specification requires at least 512 characters. */
const LONGEST_STATE = 1024;

/** Parses a `traceparent` and its `tracestate`. Null: the first is missing or malformed, so the second is ignored. */
export function parseTraceContext(parent: unknown, state: unknown): SpanReference | null {
  const match = typeof parent === 'string' ? TRACEPARENT.exec(parent.trim()) : null;
  if (match === null) return null;
  const [, version, traceId = '', spanId = '', flags = '', more] = match;
  if (version === '00' && more !== undefined) return null;
  const isUsable = typeof state === 'string' && state !== '' && state.length <= LONGEST_STATE;
  return { traceId, spanId, flags: Number.parseInt(flags, 16), state: isUsable ? state : null };
}

export function formatTraceparent({ traceId, spanId, flags }: SpanReference): string {
  return `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`;
}

/**
 * Returns the trace id of a run: its id without hyphens. Every worker that has the run derives the same id, a sampler decides
 * the same in each, and the trace can be found by the run. The last seven bytes of a UUID of version 4 or 7 are random, as
 * samplers expect. Other ids are hashed.
 */
export function traceIdOf(flowRunId: string): string {
  const hex = flowRunId.replaceAll('-', '').toLowerCase();
  return /^(?!0{32})[\da-f]{32}$/.test(hex) ? hex : hash(flowRunId, 32);
}

/**
 * Returns the span id of a part of a run: the same in every worker, so that spans of one worker fit below those of the next.
 */
export function spanIdOf(...parts: readonly (string | number)[]): string {
  return hash(parts.join('\n'), 16);
}

/** Returns the span that created a run. Null: none. A trace that the run itself started is not its parent. */
export function parentOf({ id, labels }: Pick<FlowRun, 'id' | 'labels'>): SpanReference | null {
  const parent = parseTraceContext(labels[TRACEPARENT_LABEL], labels[TRACESTATE_LABEL]);
  return parent === null || parent.traceId === traceIdOf(id) ? null : parent;
}

/** Returns the labels of a run that is created within the trace of this environment. Empty: there is none. */
export function traceLabels(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const parent = parseTraceContext(environment.TRACEPARENT, environment.TRACESTATE);
  if (parent === null) return {};
  return {
    [TRACEPARENT_LABEL]: formatTraceparent(parent),
    ...(parent.state === null ? {} : { [TRACESTATE_LABEL]: parent.state }),
  };
}

function hash(text: string, digits: number): string {
  return createHash('sha256').update(`worker-host\n${text}`).digest('hex').slice(0, digits);
}
