import { isJsonObject } from '@worker-host/core';
import type { PreparedTaskRun } from './launch-types.js';

/**
 * The run without a public address for its task, which AWS gives on Fargate only. Null: none was asked for, or a person
 * asked for it.
 */
export function withoutPublicIp(prepared: PreparedTaskRun): PreparedTaskRun | null {
  const { request, isNetworkChosen } = prepared;
  const { networkConfiguration } = request;
  if (!isNetworkChosen || !isJsonObject(networkConfiguration)) return null;
  const { awsvpcConfiguration } = networkConfiguration;
  if (!isJsonObject(awsvpcConfiguration) || awsvpcConfiguration.assignPublicIp !== 'ENABLED') return null;
  const withoutIp = { ...awsvpcConfiguration, assignPublicIp: 'DISABLED' };
  return { ...prepared, request: { ...request, networkConfiguration: { awsvpcConfiguration: withoutIp } } };
}
