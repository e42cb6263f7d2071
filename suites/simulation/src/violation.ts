/** A broken promise found by a simulation. */
export class Violation extends Error {
  constructor(
    /** The promise: `one-task`. */
    readonly promise: string,
    message: string,
  ) {
    super(`${promise}: ${message}`);
    this.name = 'Violation';
  }
}
