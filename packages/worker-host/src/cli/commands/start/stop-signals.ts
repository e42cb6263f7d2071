import type { HostSettings } from '../../../configuration/resolve-host-settings.js';
import type { WorkerHost } from '../../../host/worker-host.js';
import type { DrainMode } from '../../../host/worker-host-settings.js';
import type { CommandContext } from '../../command-context.js';
import { EXIT_CODES } from '../../exit-codes.js';

/** Maximum time from the first stop signal to the end of the process, unless it awaits its runs. */
const STOP_SECONDS = 9.5;
/** Default time limit for releasing the runs. */
const USUAL_DRAIN_SECONDS = 5;

type Signal = 'SIGINT' | 'SIGTERM';

/**
 * Handles the stop signals of a worker from its start on, whatever it waits for: the first one ends it in order, the second one
 * quickly, the third one immediately. A stop that takes too long is aborted: its runs continue, and the next worker resumes
 * them.
 */
export class StopSignals {
  #signals = 0;
  #host: WorkerHost | null = null;
  #drain: DrainMode;
  #abandonStart: () => void = () => {};
  readonly #over = new AbortController();
  readonly #unlisten: () => void;

  /** Resolves when the worker is stopped before the host exists. */
  readonly beforeHost = new Promise<void>((resolve) => {
    this.#abandonStart = resolve;
  });

  constructor(
    private readonly context: CommandContext,
    private readonly settings: HostSettings,
  ) {
    this.#drain = settings.get('drain') ?? 'leave';
    this.#unlisten = context.io.onStopSignal((signal) => this.#take(signal));
  }

  get isStopping(): boolean {
    return this.#signals > 0;
  }

  /** Directs later signals to this host. */
  serve(host: WorkerHost): void {
    this.#host = host;
    this.#drain = host.settings.drain;
  }

  dispose(): void {
    this.#unlisten();
    this.#over.abort();
  }

  #take(signal: Signal): void {
    const { context } = this;
    const { io } = context;
    const { code } = EXIT_CODES[signal === 'SIGINT' ? 'INTERRUPTED' : 'TERMINATED'];
    this.#signals += 1;
    if (this.#signals > 2) io.exitNow(code);
    if (this.#signals === 1) {
      context.note(this.#firstNote());
      if (this.#drain === 'leave' || this.#host === null) this.#limit(code);
    } else {
      context.note('Stopping immediately; runs are released.');
      context.exitCode = code;
      this.#limit(code);
    }
    if (this.#host === null) this.#abandonStart();
    else this.#host.stop();
  }

  #firstNote(): string {
    if (this.#host === null) return 'Stopping before the worker has started.';
    return this.#drain === 'await'
      ? 'Stopping after the runs have ended.'
      : 'Stopping; jobs keep running without this worker.';
  }

  /** Ends the process if stopping takes too long, whatever it waits for. */
  #limit(code: number): void {
    const { io } = this.context;
    const drainSeconds = this.settings.get('drain-deadline-seconds') ?? USUAL_DRAIN_SECONDS;
    const seconds = STOP_SECONDS + (this.#signals > 1 ? 0 : Math.max(0, drainSeconds - USUAL_DRAIN_SECONDS));
    void io.clock.sleep(seconds * 1000, this.#over.signal).then(
      () => {
        this.context.note(`Stopping took more than ${seconds} s; the process exits. The next worker resumes its runs.`);
        io.exitNow(code);
      },
      () => {},
    );
  }
}
