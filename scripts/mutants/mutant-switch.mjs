/** At this multiple of the allowed calls the process exits. */
const CUT_OFF_FACTOR = 4;

/** Exit code of a test process with an endless loop that catches the error meant to end it. */
export const ENDLESS_EXIT_CODE = 86;

/** Holds which mutant is active in this process, and records which mutants the code reaches and how often. */
export class MutantSwitch {
  /** Id of the active mutant; 0: none. */
  active = 0;
  calls = 0;
  mostCalls = Number.POSITIVE_INFINITY;
  #seen = null;

  /** Returns whether a mutant is active. The instrumented code calls it at every place that has a mutant. */
  isOn(id) {
    this.calls += 1;
    if (this.calls > this.mostCalls) this.#endless();
    if (this.#seen !== null) this.#seen[id] = 1;
    return id === this.active;
  }

  get isEndless() {
    return this.calls > this.mostCalls;
  }

  /** Starts to record which mutants the code reaches, of those with ids up to `mostId`. */
  record(mostId) {
    this.#seen = new Uint8Array(mostId + 1);
  }

  /** Returns the ids recorded since the last call. */
  recorded() {
    const ids = [];
    for (let id = this.#seen.indexOf(1); id >= 0; id = this.#seen.indexOf(1, id + 1)) ids.push(id);
    this.#seen.fill(0);
    return ids;
  }

  stopRecording() {
    this.#seen = null;
  }

  #endless() {
    if (this.calls > this.mostCalls * CUT_OFF_FACTOR) process.exit(ENDLESS_EXIT_CODE);
    throw new Error('The mutant causes an endless loop');
  }
}
