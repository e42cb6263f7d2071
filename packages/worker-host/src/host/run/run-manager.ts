import type {
  Clock,
  FlowRun,
  InterruptedRun,
  Logger,
  LogRecord,
  Orchestrator,
  RunResources,
  SecretRegistry,
} from '@worker-host/core';
import { type DependencyContainer, inject, injectable } from 'tsyringe';
import { RunLogger } from '../../logging/run-logger.js';
import type { RunSlots, Slot } from '../slots.js';
import { HOST_TOKENS } from '../tokens.js';
import { ActiveRun } from './active-run.js';
import { ActiveRuns } from './active-runs.js';
import { type OwnRun, RunRecord } from './run-record.js';
import type { RunOutcome } from './run-state.js';
import { RUN_TOKENS } from './run-tokens.js';
import type { RunTracer } from './run-trace.js';

/** Creates an active run for each run that is claimed or resumed, in its own container, and removes it at its end. */
@injectable()
export class RunManager {
  /** Shared by the loggers of all runs. */
  readonly #log = (record: LogRecord): void => this.orchestrator.log(record);

  constructor(
    @inject(HOST_TOKENS.Container) private readonly container: DependencyContainer,
    @inject(HOST_TOKENS.Orchestrator) private readonly orchestrator: Orchestrator,
    @inject(HOST_TOKENS.Clock) private readonly clock: Clock,
    @inject(HOST_TOKENS.Logger) private readonly logger: Logger,
    @inject(HOST_TOKENS.Secrets) private readonly secrets: SecretRegistry,
    @inject(HOST_TOKENS.OnSlotFree) private readonly onSlotFree: () => void,
    @inject(HOST_TOKENS.Slots) private readonly slots: RunSlots,
    @inject(ActiveRuns) private readonly runs: ActiveRuns,
    @inject(HOST_TOKENS.Tracer, { isOptional: true }) private readonly tracer: RunTracer | undefined,
  ) {}

  /** Claims a run that is due. Resolves once the claim is answered, with why it was not granted; null: it was. */
  async claim(flowRun: FlowRun, slot: Slot, resources: RunResources | null): Promise<string | null> {
    const run = this.#create(flowRun, slot, resources);
    const over = this.#follow(run);
    run.begin();
    await run.claimed;
    if (run.isOwned) return null;
    const outcome = await over;
    return outcome.kind === 'not-claimed' ? outcome.reason : 'the worker stops';
  }

  /** Resumes a run of an earlier owner; it takes a slot even beyond the limit. */
  resume(interrupted: InterruptedRun): ActiveRun {
    const run = this.#create(interrupted.flowRun, this.slots.take(), null);
    void this.#follow(run);
    run.resume(interrupted);
    return run;
  }

  #create(flowRun: FlowRun, slot: Slot, resources: RunResources | null): ActiveRun {
    const { clock, logger } = this;
    const secrets = this.secrets.scope();
    const own: OwnRun = {
      flowRun,
      slot,
      resources,
      secrets,
      logger: new RunLogger({
        flowRunId: flowRun.id,
        runName: flowRun.name,
        send: this.#log,
        workerLog: logger,
        clock,
        secrets,
      }),
      sinceMs: clock.nowMs(),
    };
    const child = this.container.createChildContainer();
    child.registerInstance(RUN_TOKENS.Record, new RunRecord(own, clock, this.tracer ?? null));
    const run = child.resolve(ActiveRun);
    this.runs.add(run);
    return run;
  }

  #follow(run: ActiveRun): Promise<RunOutcome> {
    return run.finished.then((outcome) => {
      this.runs.remove(run, outcome.kind === 'reported');
      // Nothing more is written about the run, except the last lines of its output.
      if (run.tailWritten === null) run.own.secrets.dispose();
      else void run.tailWritten.then(() => run.own.secrets.dispose());
      if (run.isOwned) this.onSlotFree();
      return outcome;
    });
  }
}
