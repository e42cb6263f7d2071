/** Represents an absent value, as opposed to null. */
export const NotSet: unique symbol = Symbol.for('worker-host.not-set');

export type NotSet = typeof NotSet;
