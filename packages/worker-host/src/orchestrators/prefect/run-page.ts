import { withoutUserinfo } from '@worker-host/core';
import type { PrefectSettings } from './settings/prefect-settings.js';

const CLOUD_API = 'https://api.prefect.cloud/api';
const CLOUD_UI = 'https://app.prefect.cloud';

/**
 * Returns the URL of a run's page in Prefect's UI: below `PREFECT_UI_URL`, otherwise where Prefect expects the UI of the API's
 * server. Null: neither is a web URL.
 */
export function runPageOf(settings: Pick<PrefectSettings, 'apiUrl' | 'text'>, flowRunId: string): string | null {
  const ui = settings.text('PREFECT_UI_URL') ?? uiOf(settings.apiUrl?.value ?? '');
  if (!/^https?:\/\//i.test(ui)) return null;
  return `${withoutUserinfo(ui).replace(/\/+$/, '')}/runs/flow-run/${encodeURIComponent(flowRunId)}`;
}

function uiOf(apiUrl: string): string {
  const isCloud = apiUrl.startsWith(CLOUD_API);
  if (!isCloud) return apiUrl.replace(/\/api\/?$/, '');
  return apiUrl.replace(CLOUD_API, CLOUD_UI).replace('/accounts/', '/account/').replace('/workspaces/', '/workspace/');
}
