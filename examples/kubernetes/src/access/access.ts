import type { Dispatcher } from 'undici';

/** Access to the API of a cluster. */
export interface Access {
  /** Without trailing slash. Example: `https://10.0.0.1:6443`. */
  readonly server: string;
  readonly dispatcher: Dispatcher;
  /** Returns the current token, which may have been replaced. Null: none is needed. */
  token(): Promise<string | null>;
  close(): Promise<void>;
}
