const EVENTS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'uncaughtException', 'unhandledRejection'] as const;

/** What of a process belongs to the host and not to a plugin, each with its value now. */
export type ProcessState = ReadonlyMap<string, unknown>;

export function processState(): ProcessState {
  return new Map<string, unknown>([
    ['its working directory', process.cwd()],
    ['the umask', process.umask()],
    ...EVENTS.map((event) => [`listeners for ${event}`, process.listenerCount(event)] as const),
    ...Object.entries(process.env).map(([name, value]) => [`${name} in its environment`, value] as const),
  ]);
}

/** What differs, by name. */
export function changesOf(before: ProcessState, after: ProcessState): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name));
}
