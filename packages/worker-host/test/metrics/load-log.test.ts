import type { FlowRun, LogFields } from '@worker-host/core';
import { expect } from 'chai';
import { type LoadLogOptions, startLoadLog } from '../../src/metrics/load-log.js';
import { polledBacklog } from '../../src/metrics/polled-backlog.js';

const NOW_MS = Date.parse('2026-01-02T03:04:05Z');
const at = (secondsAgo: number): string => new Date(NOW_MS - secondsAgo * 1000).toISOString();
const due = (nextScheduledStartTime: string | null, expectedStartTime: string | null = null): FlowRun =>
  ({ nextScheduledStartTime, expectedStartTime }) as FlowRun;

describe('the load log', () => {
  /** The lines of two intervals. */
  const linesOf = async (options: Partial<LoadLogOptions>): Promise<readonly (readonly [string, LogFields])[]> => {
    const lines: (readonly [string, LogFields])[] = [];
    const sleeps: number[] = [];
    const logger = { info: (message: string, fields: LogFields = {}) => lines.push([message, fields]) };
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      const sleep = async (ms: number): Promise<void> => {
        sleeps.push(ms);
        if (sleeps.length < 3) return;
        end();
        resolve();
      };
      end = startLoadLog({
        everySeconds: 60,
        status: () => ({ slots: { taken: 3, limit: 4 } }),
        backlog: async () => ({ dueRuns: 2, lateRuns: 1, oldestDueMs: NOW_MS - 45_000 }),
        logger: logger as unknown as LoadLogOptions['logger'],
        clock: { nowMs: () => NOW_MS, sleep },
        ...options,
      });
    });
    await ended;
    expect(sleeps).to.deep.equal([60_000, 60_000, 60_000]);
    return lines;
  };

  it('writes slots and backlog at its interval, until it is ended', async () => {
    const fields = { event: 'load', slotsTaken: 3, slotsTakenPercent: 75, dueRuns: 2, oldestDueSeconds: 45 };
    const line = ['Load: 3 of 4 slots taken; 2 due, the oldest for 45 s', fields];

    expect(await linesOf({})).to.deep.equal([line, line]);
  });

  it('reports that nothing waits', async () => {
    const backlog = async () => ({ dueRuns: 0, lateRuns: 0, oldestDueMs: null });

    const [line] = await linesOf({ backlog });

    expect(line?.[0]).to.equal('Load: 3 of 4 slots taken; no run due');
    expect(line?.[1]).to.include({ dueRuns: 0, oldestDueSeconds: 0 });
  });

  it('omits unknown values', async () => {
    const [line] = await linesOf({
      status: () => ({ slots: { taken: 3, limit: null } }),
      backlog: () => Promise.reject(new Error('away')),
    });

    expect(line).to.deep.equal(['Load: 3 slots taken', { event: 'load', slotsTaken: 3 }]);
  });
});

describe('polledBacklog', () => {
  const clock = { nowMs: () => NOW_MS, monotonicMs: () => clock.ms, ms: 0 };

  it('counts the due runs, and the oldest of them', async () => {
    const queries: object[] = [];
    const runs = [due(at(5)), due(at(40)), due(null, at(20)), due(null)];
    const getScheduledFlowRuns = async (query: object) => {
      queries.push(query);
      return runs;
    };
    const backlog = polledBacklog({ getScheduledFlowRuns }, clock);

    expect(await backlog()).to.deep.equal({ dueRuns: 4, lateRuns: 2, oldestDueMs: NOW_MS - 40_000 });
    expect(queries).to.deep.equal([{ scheduledBeforeMs: NOW_MS, limit: null }]);
  });

  it('reads at most once in ten seconds, and again after a failure', async () => {
    let asked = 0;
    const backlog = polledBacklog(
      {
        getScheduledFlowRuns: async () => {
          asked += 1;
          if (asked === 2) throw new Error('away');
          return [];
        },
      },
      clock,
    );

    await Promise.all([backlog(), backlog()]);
    clock.ms += 10_000;
    expect(await backlog().catch(String)).to.equal('Error: away');
    await backlog();

    expect(asked).to.equal(3);
  });
});
