import type { RateBucket } from './request-gate.js';

/** A call of the API. */
export interface RestCall {
  /** Default: GET. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Relative to the base URL, beginning with a slash, parts already encoded. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** True: it yields to others while the server is busy, because nothing waits for it. */
  readonly isDeferrable?: boolean;
  /** Rate limit bucket. Default: `requests`. */
  readonly bucket?: RateBucket;
  /**
   * True: a 500, or a response that is too large, depends on the requested object, and the caller handles it: it is not
   * reported as a failure of the API.
   */
  readonly isFaultHandled?: boolean;
  /**
   * Returns whether the JSON of a success is a valid response to this call. Any other counts as unreadable: a transient
   * failure. Default: always.
   */
  readonly accepts?: (json: unknown) => boolean;
  /** The action, for error messages: `Reading the flow run`. */
  readonly what: string;
}
