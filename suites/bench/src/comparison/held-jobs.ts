import type { SimulatedStart, TaskView } from '@worker-host/testing/local-aws';

/** Jobs that run until they are ended. */
export class HeldJobs {
  readonly #ends = new Map<string, (exitCode: number) => void>();
  readonly #stoppedAtMs = new Map<string, number>();
  readonly #runs = new Map<string, string>();

  /** For `simulate` of a local AWS. */
  readonly simulate = ({ taskArn, environment }: SimulatedStart): Promise<number> => {
    this.#runs.set(taskArn, environment.PREFECT__FLOW_RUN_ID ?? '');
    return new Promise((resolve) => this.#ends.set(taskArn, resolve));
  };

  /** For `onTaskChange` of its ECS. */
  readonly note = ({ taskArn, lastStatus }: TaskView): void => {
    const runId = this.#runs.get(taskArn);
    if (lastStatus === 'STOPPED' && runId !== undefined) this.#stoppedAtMs.set(runId, Date.now());
  };

  /** Number of jobs that run. */
  get running(): number {
    return this.#ends.size;
  }

  /** Runs of the jobs that run. */
  get runIds(): readonly string[] {
    return [...this.#ends.keys()].map((taskArn) => this.#runs.get(taskArn) ?? '');
  }

  /** Ends at most `count` jobs at the same time. Returns the ids of their runs. */
  end(count: number, exitCode: number): readonly string[] {
    const ended = this.runIds.slice(0, count);
    for (const [taskArn, end] of [...this.#ends].slice(0, count)) {
      this.#ends.delete(taskArn);
      end(exitCode);
    }
    return ended;
  }

  /** When AWS said that the task of a run had stopped, in milliseconds since the epoch; undefined: not yet. */
  stoppedAtMs(runId: string): number | undefined {
    return this.#stoppedAtMs.get(runId);
  }
}
