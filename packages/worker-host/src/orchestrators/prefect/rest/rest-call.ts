import type { RateBucket } from './request-gate.js';

/** One call to the API. */
export interface RestCall {
  /** Default: GET. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base address, beginning with a slash, parts already encoded. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** It gives way to others while the server is busy: nothing waits for it. */
  readonly isDeferrable?: boolean;
  /** Which rate limit it counts towards. Default: `requests`. */
  readonly bucket?: RateBucket;
  /**
   * A 500, and an answer that is too long, is about what is asked for, and the caller deals with it: it is not reported as
   * a failure of the API.
   */
  readonly isFaultHandled?: boolean;
  /**
   * Whether the JSON of a success is what this call is answered with. Any other counts as an answer that cannot be read: a
   * passing failure. Default: all of it is.
   */
  readonly accepts?: (json: unknown) => boolean;
  /** What is being done, for error messages: `Reading the flow run`. */
  readonly what: string;
}
