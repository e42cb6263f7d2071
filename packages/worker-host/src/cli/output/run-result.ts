import { type Diagnosis, isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';

/** Returns the diagnosis in a stored result; null: there is none. */
export function readDiagnosis(result: JsonObject | null): Diagnosis | null {
  const diagnosis = result?.diagnosis;
  if (!isJsonObject(diagnosis ?? null)) return null;
  const { kind, level, summary, detail, resolution } = diagnosis as JsonObject;
  return {
    kind: text(kind),
    level: level === 'info' || level === 'warning' ? level : 'error',
    summary: text(summary),
    detail: text(detail),
    resolution: typeof resolution === 'string' ? resolution : null,
  };
}

/** Returns seconds by phase in a stored result, in order. */
export function readPhases(result: JsonObject | null): readonly (readonly [phase: string, seconds: number])[] {
  const phases = result?.phasesSeconds;
  if (!isJsonObject(phases ?? null)) return [];
  return Object.entries(phases as JsonObject).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
}

/** Returns console links in a stored result, by what they show. */
export function readLinks(result: JsonObject | null): readonly (readonly [name: string, url: string])[] {
  const facts = result?.facts;
  const links = isJsonObject(facts ?? null) ? (facts as JsonObject).links : null;
  if (!isJsonObject(links ?? null)) return [];
  return Object.entries(links as JsonObject).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1].startsWith('https://'),
  );
}

/** Returns the number of relaunches in a stored result. */
export function readRelaunches(result: JsonObject | null): number {
  return typeof result?.relaunches === 'number' ? result.relaunches : 0;
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
