import type { SocketClose, SocketRefusedError } from '../sockets/prefect-socket.js';

/** Whether to reconnect after the channel closed or did not open. */
export type ChannelVerdict = { readonly retry: boolean; readonly reason: string };

const TERMINAL_REASONS = new Set([
  'authentication_failed',
  'authorization_failed',
  'unsupported_version',
  'protocol_error',
]);
const RETRIED_REASONS = new Set(['heartbeat_persistence_failed', 'transient_server_error']);
const POLICY_VIOLATION = 1008;
const PROTOCOL_ERROR = 1002;

/** Decides after the server closed an open channel. */
export function verdictOnClose(close: SocketClose): ChannelVerdict {
  if (TERMINAL_REASONS.has(close.reason)) return { retry: false, reason: close.reason };
  if (RETRIED_REASONS.has(close.reason)) return { retry: true, reason: close.reason };
  if (close.code === POLICY_VIOLATION) return { retry: false, reason: close.reason || 'authorization_failed' };
  if (close.code === PROTOCOL_ERROR) return { retry: false, reason: close.reason || 'protocol_error' };
  return { retry: true, reason: close.reason || `closed with ${close.code}` };
}

/**
 * Decides after the channel did not open. `wasHealthy`: an earlier connection of this process was fully established.
 */
export function verdictOnRefusal(error: SocketRefusedError, wasHealthy: boolean): ChannelVerdict {
  switch (error.stage) {
    case 'upgrade':
      return { retry: (error.status ?? 0) >= 500, reason: error.message };
    case 'auth':
      return error.close ? verdictOnClose(error.close) : { retry: false, reason: error.message };
    case 'timeout':
      return { retry: true, reason: error.message };
    case 'network':
      return {
        retry: true,
        reason: wasHealthy ? error.message : `${error.message} (the server may not have started yet)`,
      };
  }
}
