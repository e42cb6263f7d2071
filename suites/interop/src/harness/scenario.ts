import type { World } from './world.js';

/** One story between a user, a server, a worker and AWS. */
export interface Scenario {
  /** A statement: what is shown. */
  readonly name: string;
  /** Which server it needs. Default: `plain`. */
  readonly server?: ServerKind;
  /** Most seconds it may take. Default: 300. */
  readonly limitSeconds?: number;
  /** It is played against the oldest version of Prefect as well as against the newest. */
  readonly isForOldest?: boolean;
  /** It must not share the server or the machine with another one at the same time. */
  readonly isAlone?: boolean;
  /** It mostly waits: it is played beside the two that are played at once anyway. */
  readonly isIdle?: boolean;
  /** Why it cannot be shown here; null: it can. */
  readonly skip?: () => string | null;
  readonly play: (world: World) => Promise<void>;
}

/** `plain`: as users have it. `guarded`: basic auth, CSRF protection, clean-up of cancelled runs within seconds. */
export type ServerKind = 'plain' | 'guarded' | 'postgres';
