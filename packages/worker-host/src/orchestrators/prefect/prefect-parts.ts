import type { Clock, Logger, Meter, SecretRegistry } from '@worker-host/core';
import { PrefectApi } from './api/prefect-api.js';
import type { PrefectConnection } from './connection.js';
import { EventShipper } from './events/event-shipper.js';
import { LogShipper } from './logs/log-shipper.js';
import { logShippingOptions } from './logs/log-shipping-options.js';
import type { HttpTransport } from './rest/http-transport.js';
import { RestClient } from './rest/rest-client.js';
import type { PrefectSettings } from './settings/prefect-settings.js';
import type { SocketOpener } from './sockets/prefect-socket.js';

/** Dependencies that the host provides. */
export interface PrefectDependencies {
  readonly settings: PrefectSettings;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly secrets: SecretRegistry;
}

/** Identity of the caller of the API; set when the worker is opened. */
export interface Caller {
  workerName: string | null;
  workerId: () => string | null;
}

/** All parts of the orchestrator. */
export interface PrefectParts extends PrefectDependencies {
  readonly connection: PrefectConnection;
  readonly transport: HttpTransport;
  readonly openSocket: SocketOpener;
  readonly rest: RestClient;
  readonly api: PrefectApi;
  readonly logs: LogShipper;
  readonly events: EventShipper;
  readonly caller: Caller;
}

/** Creates the parts. */
export function partsOf(
  given: PrefectDependencies,
  connection: PrefectConnection,
  http: HttpTransport,
  openSocket: SocketOpener,
): PrefectParts {
  const { clock, environment, logger, meter, secrets, settings } = given;
  rememberSecrets(connection, settings, secrets);
  const caller: Caller = { workerName: null, workerId: () => null };
  const identityHeaders = (): Record<string, string> => identityHeadersOf(caller);
  const rest = new RestClient({ connection, transport: http, clock, logger, meter, identityHeaders });
  const transport: HttpTransport = {
    send: (request) => http.send(request),
    close: () => {
      rest.close();
      return http.close();
    },
  };
  const api = new PrefectApi({ rest, clock, logger, setsStatesInBulk: !connection.isCloud });
  const logs = new LogShipper(
    { send: (batch, signal) => api.createLogs(batch, signal), clock, logger, meter, secrets },
    logShippingOptions(settings, () => caller.workerId()),
  );
  const events = new EventShipper({
    connection,
    environment,
    clock,
    logger,
    meter,
    openSocket,
    post: (batch, signal) => api.createEvents(batch, signal),
  });
  return { ...given, connection, transport, openSocket, rest, api, logs, events, caller };
}

/** Names of headers whose values are secret. */
const SECRET_HEADERS = /auth|cookie|key|password|secret|token/i;

function rememberSecrets(connection: PrefectConnection, settings: PrefectSettings, secrets: SecretRegistry): void {
  for (const secret of settings.secrets()) secrets.add(secret);
  const { authString, authorization, customHeaders } = connection;
  for (const [name, value] of Object.entries(customHeaders)) if (SECRET_HEADERS.test(name)) secrets.add(value);
  if (authString?.includes(':')) secrets.add(authString.slice(authString.indexOf(':') + 1));
  if (authorization !== null) secrets.add(authorization.slice(authorization.indexOf(' ') + 1));
}

function identityHeadersOf(caller: Caller): Record<string, string> {
  const id = caller.workerId();
  const name = caller.workerName?.replace(/[^\x20-\x7e]/g, '?').trim();
  return {
    ...(id === null ? {} : { 'X-Prefect-Worker-Id': id }),
    ...(name ? { 'X-Prefect-Worker-Name': name } : {}),
  };
}
