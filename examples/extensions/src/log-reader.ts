import { defineExtension } from '@worker-host/core';
import { ECS_TOKENS, type EcsLogReader } from '@worker-host/ecs';
import type { DependencyContainer } from 'tsyringe';

/** Reads output that FireLens sends to Grafana Loki. A cursor is the time of the next line, in nanoseconds. */
const outputOf: EcsLogReader['outputOf'] = async ({ flowRunId }) => {
  const query = async (how: Record<string, string>): Promise<readonly [ns: string, line: string][]> => {
    const order = new URLSearchParams({ query: `{flow_run_id="${flowRunId}"}`, start: '1', ...how });
    const answer = await fetch(`${process.env.LOKI_URL}/loki/api/v1/query_range?${order}`);
    return JSON.parse(await answer.text()).data.result[0]?.values ?? [];
  };
  const read = async (cursor: string | null) => {
    const found = await query({ direction: 'forward', start: cursor ?? '1' });
    const lines = found.map(([ns, message]) => ({ message, timestampMs: Math.floor(Number(ns) / 1e6) }));
    return { lines, cursor: found.reduce((_, [ns]) => String(BigInt(ns) + 1n), cursor) };
  };
  return { read, tail: async (limit) => (await query({ limit: `${limit}` })).map(([, line]) => line).reverse() };
};
const register = (container: DependencyContainer) => container.registerInstance(ECS_TOKENS.LogReader, { outputOf });
export const extension = defineExtension({ name: 'loki', types: ['ecs'], register });
