import type { StateType } from '@worker-host/core';

/** A run as it is shown while it continues. */
export interface JobView {
  readonly title: string;
  readonly stateType: StateType;
  readonly stateName: string;
  /** Seconds since it left the queue; null: it waits. */
  readonly seconds: number | null;
  /** The newest line of its output, or of its log while there is none. */
  readonly note: string;
}

/** Where progress is shown. */
export interface Progress {
  show(jobs: readonly JobView[]): void;
  /** Leaves the last picture standing. */
  end(): void;
}
