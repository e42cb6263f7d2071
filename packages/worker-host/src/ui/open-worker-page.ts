import { SecretRegistry, systemClock } from '@worker-host/core';
import type { ServedPage } from '../health/health-server.js';
import type { HostStatus } from '../host/status.js';
import { UiPage } from './ui-page.js';

/** Opens the web page of an embedded worker, for `openPage` of `openHealthServer`. */
export function openWorkerPage(status: () => HostStatus): ServedPage {
  return new UiPage({
    administration: null,
    worker: { status, backlog: async () => null, runPage: () => null },
    actionToken: null,
    // The status contains no secret.
    secrets: new SecretRegistry(),
    clock: systemClock,
  });
}
