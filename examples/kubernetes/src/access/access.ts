import type { Dispatcher } from 'undici';

/** How a cluster's API is reached. */
export interface Access {
  /** Such as `https://10.0.0.1:6443`, without a slash at the end. */
  readonly server: string;
  readonly dispatcher: Dispatcher;
  /** The token of the moment: it may have been replaced. Null: none is needed. */
  token(): Promise<string | null>;
  close(): Promise<void>;
}
