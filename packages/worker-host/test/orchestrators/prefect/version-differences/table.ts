import { expect } from 'chai';
import {
  exitAfterUnheardEnd,
  heldRun,
  leaseAfterForcedState,
  listedInteger,
  logRequests,
  lostSocket,
  planRefusal,
  rendered,
  shownSettings,
} from './ours.js';
import type { TemplatingRecord, VersionRecord } from './records.js';

/** A thing that two versions of Prefect do differently. The texts are the row of docs/differences.md. */
export interface VersionDifference {
  readonly what: string;
  readonly oldest: string;
  readonly newest: string;
  readonly ours: string;
  /** Names of the records of it. */
  readonly records: RegExp;
  /** Fails where ours does not what the row says of it. */
  readonly holds: (record: VersionRecord) => Promise<void>;
}

type Play = (...parts: never[]) => unknown;

/** Ours gives what the newest version gave. */
function asNewest(play: Play): VersionDifference['holds'] {
  return async ({ arguments: parts, outcomes }) => {
    expect(await play(...(parts as never[]))).to.deep.equal(outcomes['3.9.1']);
  };
}

const renderedAsNewest = async (record: VersionRecord): Promise<void> => {
  expect([{ result: await rendered(record as TemplatingRecord) }]).to.deep.equal(record.outcomes['3.9.1']);
};

export const VERSION_DIFFERENCES: readonly VersionDifference[] = [
  {
    what: 'a value that holds a placeholder, within a longer text',
    oldest: 'replaced or kept, by the order of a hash set',
    newest: 'kept: one pass, an inserted value is never read as a template',
    ours: 'as 3.9.1',
    records: /^(one-pass|env-injected|std-injected|list-value-in-text2)/,
    holds: renderedAsNewest,
  },
  {
    what: '`{{ m.2026 }}`, `{{ m.01 }}`, `{{ m[0] }}` where `m` is an object',
    oldest: 'not set: digits are an index',
    newest: 'the member of exactly that name; digits are an index in lists and texts only',
    ours: 'as 3.9.1',
    records: /^(key-|top-|int-key|list-in-map|bignum|neg-leading|block-digits)/,
    holds: renderedAsNewest,
  },
  {
    what: "an unresolved item of a list, where unresolved members are kept (the run's `name`)",
    oldest: 'dropped',
    newest: 'kept as written',
    ours: 'as 3.9.1',
    records: /^list-keep/,
    holds: renderedAsNewest,
  },
  {
    what: '`PREFECT_DEPLOYMENTS_CLEAR_SCHEDULES_ON_EMPTY`',
    oldest: 'unknown',
    newest: 'a setting',
    ours: 'as 3.9.1: handed to jobs',
    records: /^settings$/,
    holds: asNewest(shownSettings),
  },
  {
    what: 'a request with logs',
    oldest: 'may be larger than `PREFECT_LOGGING_TO_API_BATCH_SIZE`, by a log',
    newest: 'stays within it, and takes one log at least',
    ours: 'as 3.9.1',
    records: /^log-requests$/,
    holds: asNewest(logRequests),
  },
  {
    what: '`PREFECT_LOGGING_TO_API_MAX_LOG_SIZE`',
    oldest: 'counts characters outside ASCII as escapes: `é` is six bytes',
    newest: 'counts bytes as sent: `é` is two',
    ours: 'as 3.9.1',
    records: /^log-sizes$/,
    holds: asNewest(logRequests),
  },
  {
    what: '403 "plan does not support" of Prefect Cloud',
    oldest: 'an HTTP error',
    newest: 'an error of its own',
    ours: 'as 3.9.1: `PREFECT_PLAN_NOT_SUPPORTED`',
    records: /^plan$/,
    holds: asNewest(planRefusal),
  },
  {
    what: 'a polled run that already holds its place of the limit',
    oldest: 'an error ends the poll; the runs after it wait',
    newest: 'skipped with a warning',
    ours: 'skipped without a warning: it is an active run',
    records: /^held-run$/,
    holds: asNewest(heldRun),
  },
  {
    what: 'the socket for cancellations is lost, and checks fail after that',
    oldest: 'polls for as long as the process lives',
    newest: 'opened again; the check that follows is repeated until it succeeds',
    ours: 'as 3.9.1',
    records: /^lost-socket$/,
    holds: asNewest(lostSocket),
  },
  {
    what: 'the server lists a run with an integer beyond 64 bit',
    oldest: '500',
    newest: 'lists it',
    ours: '500: the run is found and skipped; else all digits are kept',
    records: /^big-integer$/,
    holds: async ({ arguments: [digits] }) => {
      expect(await listedInteger(String(digits), 200)).to.deep.equal({ listed: ['other', 'big'], digits });
      expect(await listedInteger(String(digits), 500)).to.deep.equal({ listed: ['other'], digits: null });
    },
  },
  {
    what: 'a forced state of a run that holds a place of its deployment',
    oldest: 'the server forgets the lease of the place',
    newest: 'the server keeps it',
    ours: 'names the lease in each proposal, so that both keep it',
    records: /^forced-state$/,
    holds: async () => {
      expect(leaseAfterForcedState()).to.equal('lease-1');
    },
  },
  {
    what: 'exit code of a job whose end could not be reported',
    oldest: 'zero',
    newest: 'not zero',
    ours: 'zero: Crashed after two to five minutes without a report; else Crashed with that code when the job ends',
    records: /^unheard-end$/,
    holds: async () => {
      expect(exitAfterUnheardEnd(0)).to.equal('leave');
      expect(exitAfterUnheardEnd(1)).to.equal('CRASHED');
    },
  },
];
