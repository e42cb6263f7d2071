import type { StateType } from '@worker-host/core';

/** An active run, as displayed. */
export interface JobView {
  readonly title: string;
  readonly stateType: StateType;
  readonly stateName: string;
  /** Seconds since it left the queue; null: it waits. */
  readonly seconds: number | null;
  /** The last line of its output, or of its log while there is none. */
  readonly note: string;
}

/** Displays progress. */
export interface Progress {
  show(jobs: readonly JobView[]): void;
  /** Ends the display, without erasing it. */
  end(): void;
}
