import { randomUUID } from 'node:crypto';
import { isFinalStateType } from '@worker-host/core';
import type { PrefectApi } from '../../api/prefect-api.js';

/**
 * Restores the last final state of a run that had ended: the server accepts a Pending for it, and would run it a second
 * time. Returns why it is not claimed.
 */
export async function giveBack(api: PrefectApi, flowRunId: string): Promise<string> {
  const states = await api.readFlowRunStates(flowRunId);
  const last = states.findLast(({ type }) => isFinalStateType(type));
  if (last !== undefined) {
    const { type, name, message, data = null, state_details } = last;
    const details = { ...state_details, transition_id: randomUUID() };
    await api.setFlowRunState(flowRunId, { type, name: name ?? type, message, data, state_details: details }, true);
  }
  return `the run has ended meanwhile [state=${last?.name ?? 'unknown'}]`;
}
