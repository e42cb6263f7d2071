/** A fault that can be planted in the compiled code, to see that the simulation finds it. */
export interface Break {
  readonly name: string;
  /** What the code no longer does. */
  readonly meaning: string;
  /** End of the URL of the file. */
  readonly file: string;
  /** Text of the file; it is there exactly once. */
  readonly find: string;
  readonly replace: string;
}

const HOST = '/worker-host/dist/src/host';
const ECS = '/worker-ecs/dist/src';
const TESTING = '/testing/dist/src';

export const BREAKS: readonly Break[] = [];

export function breakOf(name: string): Break {
  const found = BREAKS.find((each) => each.name === name);
  if (found === undefined)
    throw new Error(`There is no such break: ${name}. Known are ${BREAKS.map((each) => each.name).join(', ')}.`);
  return found;
}

