const EVENTS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'uncaughtException', 'unhandledRejection'] as const;

/** Reads the state of the process that belongs to the host and not to a plugin, with its values. */
export type ProcessState = ReadonlyMap<string, unknown>;

export function processState(): ProcessState {
  return new Map<string, unknown>([
    ['its working directory', process.cwd()],
    ['the umask', process.umask()],
    ...EVENTS.map((event) => [`listeners for ${event}`, process.listenerCount(event)] as const),
    ...Object.entries(process.env).map(([name, value]) => [`${name} in its environment`, value] as const),
  ]);
}

/** Returns the names of values that differ. */
export function changesOf(before: ProcessState, after: ProcessState): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name));
}
