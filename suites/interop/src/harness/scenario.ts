import type { World } from './world.js';

/** A scenario with a user, a server, a worker and AWS. */
export interface Scenario {
  /** What it proves, as a sentence. */
  readonly name: string;
  /** Required server. Default: `plain`. */
  readonly server?: ServerKind;
  /** Time limit in seconds. Default: 300. */
  readonly limitSeconds?: number;
  /** True: it is also run against the oldest supported version of Prefect. */
  readonly isForOldest?: boolean;
  /** True: it must not share the server or the machine with another scenario. */
  readonly isAlone?: boolean;
  /** True: it mostly waits, so it is run in addition to two others. */
  readonly isIdle?: boolean;
  /** Why it cannot be run here; null: it can. */
  readonly skip?: () => string | null;
  readonly play: (world: World) => Promise<void>;
}

/** `plain`: as users have it. `guarded`: basic auth, CSRF protection, cleanup of cancelled runs within seconds. */
export type ServerKind = 'plain' | 'guarded' | 'postgres';
