import { isBlockDocument, isDeployment, isFlow, isNamed, isVariable } from './api-shapes.js';

/** Kinds of records that a run is launched from. */
export type RecordKind = 'deployment' | 'flow' | 'block document' | 'variable';

/** How to read the records of one kind. */
export interface RecordReading {
  /** @param id for a block document also `<slug of its type>/<name>`; for a variable its name */
  path(id: string): string;
  /** An id for which no record exists. */
  absent(id: string): string;
  accepts(id: string): (value: unknown) => boolean;
  /** Name of the record in log lines. */
  readonly field: string;
  /** Returns whether a run is launched from it. */
  readonly runs: string;
}

const NOBODY = '00000000-0000-0000-0000-000000000000';
const SLASH = /^([^/]*)\/(.*)$/;

export const RECORD_KINDS: Readonly<Record<RecordKind, RecordReading>> = {
  deployment: {
    path: (id) => `/deployments/${encodeURIComponent(id)}`,
    absent: () => NOBODY,
    accepts: (id) => isNamed(isDeployment, id),
    field: 'deploymentId',
    runs: 'its runs',
  },
  flow: {
    path: (id) => `/flows/${encodeURIComponent(id)}`,
    absent: () => NOBODY,
    accepts: (id) => isNamed(isFlow, id),
    field: 'flowId',
    runs: 'its runs',
  },
  'block document': {
    path: (id) => {
      const [, slug, name] = SLASH.exec(id) ?? [];
      const document =
        slug === undefined || name === undefined
          ? `/block_documents/${encodeURIComponent(id)}`
          : `/block_types/slug/${encodeURIComponent(slug)}/block_documents/name/${encodeURIComponent(name)}`;
      return `${document}?include_secrets=true`;
    },
    absent: (id) => (SLASH.test(id) ? id.replace(SLASH, `$1/${NOBODY}`) : NOBODY),
    accepts: (id) => (SLASH.test(id) ? isBlockDocument : isNamed(isBlockDocument, id)),
    field: 'blockDocument',
    runs: 'the runs that refer to it',
  },
  variable: {
    path: (name) => `/variables/name/${encodeURIComponent(name)}`,
    absent: () => NOBODY,
    accepts: () => isVariable,
    field: 'variable',
    runs: 'the runs that refer to it',
  },
};
