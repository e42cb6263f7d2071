import type { JsonObject, JsonValue, LaunchPreview, LimitedSize } from '@worker-host/core';
import { stringifyJson } from '@worker-host/core';
import { renderTable } from '../../output/text-table.js';
import { leavesOf, shownValue, withoutSecretPairs } from './body-leaves.js';
import { type BodyChange, diffBodies } from './diff-bodies.js';
import type { PreviewedSubject } from './preview-subject.js';

/** A value of a request and its origin. */
export interface ExplainedValue {
  readonly path: string;
  readonly value: JsonValue;
  readonly source: string;
}

/** Differences between two requests. */
export interface RequestDiff {
  readonly operation: string;
  /** What it was compared with, for people. */
  readonly from: string;
  readonly to: string;
  readonly changes: readonly BodyChange[];
}

/** Output of `render`. Secrets are hidden. */
export interface RenderReport {
  readonly requests: readonly {
    readonly operation: string;
    readonly body: JsonObject;
    readonly sizes: readonly LimitedSize[];
    readonly values?: readonly ExplainedValue[];
  }[];
  readonly diff?: readonly RequestDiff[];
  readonly notes: readonly string[];
}

export function reportOf({ preview, sources }: PreviewedSubject, isExplained: boolean): RenderReport {
  return {
    requests: preview.requests.map(({ operation, body, sizes, origins }) => ({
      operation,
      body: withoutSecretPairs(body),
      sizes,
      ...(isExplained
        ? {
            values: leavesOf(body).map((leaf) => ({
              path: leaf.label,
              value: shownValue(leaf),
              source: sources.sourceOf(leaf.path, origins),
            })),
          }
        : {}),
    })),
    notes: preview.notes,
  };
}

/** Compares each request with its counterpart on the infrastructure. */
export function diffWithInfrastructure({ requests }: LaunchPreview): readonly RequestDiff[] {
  return requests.flatMap(({ operation, comparison }) =>
    comparison === undefined
      ? []
      : [
          {
            operation,
            from: comparison.current === null ? 'nothing' : comparison.name,
            to: 'this launch',
            changes: diffBodies(comparison.current ?? {}, comparison.proposed),
          },
        ],
  );
}

/** Compares the requests of two launches. */
export function diffPreviews(
  before: LaunchPreview,
  after: LaunchPreview,
  names: { readonly from: string; readonly to: string },
): readonly RequestDiff[] {
  const operations = new Set([...before.requests, ...after.requests].map(({ operation }) => operation));
  const bodyOf = ({ requests }: LaunchPreview, operation: string): JsonObject =>
    requests.find((each) => each.operation === operation)?.body ?? {};
  return [...operations].map((operation) => ({
    operation,
    ...names,
    changes: diffBodies(bodyOf(before, operation), bodyOf(after, operation)),
  }));
}

export function renderReport({ requests, diff, notes }: RenderReport, isExplained: boolean): string {
  if (diff !== undefined) return diff.map(renderDiff).join('\n') || 'Nothing to compare.\n';
  const parts = requests.map(({ operation, body, sizes, values = [] }) => {
    const heading = [`# ${operation}`, ...sizes.map(renderSize)].join('\n');
    return `${heading}\n${isExplained ? renderValues(values) : `${stringifyJson(body, { indentation: 2 })}\n`}`;
  });
  return [...parts, ...(notes.length > 0 ? [notes.map((note) => `# ${note}\n`).join('')] : [])].join('\n');
}

function renderSize({ what, value, limit, unit }: LimitedSize): string {
  return `# ${what}: ${value} of ${limit} ${unit} (${Math.round((100 * value) / limit)} %)`;
}

function renderValues(values: readonly ExplainedValue[]): string {
  return renderTable(
    [{ heading: 'value at' }, { heading: 'value' }, { heading: 'source' }],
    values.map(({ path, value, source }) => [path, oneLine(value), source]),
  );
}

function renderDiff({ operation, from, to, changes }: RequestDiff): string {
  const heading = `# ${operation}: ${from} -> ${to}`;
  if (changes.length === 0) return `${heading}\nNo differences.\n`;
  const lines = changes.map(({ path, change, before, after }) => {
    if (change === 'added') return `+ ${path}: ${oneLine(after)}`;
    if (change === 'removed') return `- ${path}: ${oneLine(before)}`;
    return `~ ${path}: ${oneLine(before)} -> ${oneLine(after)}`;
  });
  return `${heading}\n${lines.join('\n')}\n`;
}

function oneLine(value: JsonValue | undefined): string {
  return stringifyJson(value ?? null);
}
