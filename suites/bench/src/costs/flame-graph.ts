import { document, rectangle, text } from '../svg.js';

/** A profile in the format of V8's `.cpuprofile`. Times in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface Frame {
  readonly name: string;
  readonly module: string;
  ownMs: number;
  totalMs: number;
  readonly callees: Map<string, Frame>;
}

const WIDTH = 1400;
const ROW = 16;
const TOP = 40;
/** A narrower frame is left out, with what it calls. */
const NARROWEST = 1;
const LETTER = 6.5;
const IDLE = '(idle)';
/** By what comes first: our packages, Node, dependencies, and the engine itself. */
const COLORS: readonly (readonly [prefix: RegExp, color: string])[] = [
  [/^worker-(core|ecs|host)/, '#79c0ff'],
  [/^node:/, '#7ee787'],
  [/^\(/, '#d0d7de'],
  [/^/, '#ffa657'],
];

/** Draws a profile, without the time in which nothing ran: each frame as wide as its time, below it what it called. */
export function flameGraph(profile: CpuProfile, title: string): string {
  const root = framesOf(profile);
  const parts: string[] = [];
  let deepest = 0;
  const scale = (WIDTH - 20) / Math.max(root.totalMs, 1e-6);
  const draw = (frame: Frame, left: number, level: number): void => {
    const width = frame.totalMs * scale;
    if (width < NARROWEST) return;
    deepest = Math.max(deepest, level);
    const [, color = '#ffffff'] = COLORS.find(([prefix]) => prefix.test(frame.module)) ?? [];
    const about = `${frame.name} ${frame.module}: ${frame.totalMs.toFixed(1)} ms, itself ${frame.ownMs.toFixed(1)} ms`;
    parts.push(rectangle(left, TOP + level * ROW, width - 0.5, ROW - 1, color, about));
    const letters = Math.floor(width / LETTER);
    if (letters > 3) parts.push(text(left + 2, TOP + level * ROW + 11, frame.name.slice(0, letters), 'start', 10));
    let next = left;
    for (const callee of [...frame.callees.values()].sort((a, b) => b.totalMs - a.totalMs)) {
      draw(callee, next, level + 1);
      next += callee.totalMs * scale;
    }
  };
  draw(root, 10, 0);
  const head = text(10, 24, `${title}: ${root.totalMs.toFixed(0)} ms of the main thread`, 'start', 15);
  return document(WIDTH, TOP + (deepest + 1) * ROW + 10, [head, ...parts]);
}

/** Returns the time that each module took itself, in milliseconds, the longest first. */
export function timeByModule(profile: CpuProfile): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  const add = (frame: Frame): void => {
    if (frame.ownMs > 0) times.set(frame.module, (times.get(frame.module) ?? 0) + frame.ownMs);
    for (const callee of frame.callees.values()) add(callee);
  };
  add(framesOf(profile));
  return new Map([...times].sort(([, a], [, b]) => b - a));
}

/** Merges calls of one function by one caller. */
function framesOf({ nodes, samples, timeDeltas }: CpuProfile): Frame {
  const ownMs = new Map<number, number>();
  for (const [index, id] of samples.entries()) ownMs.set(id, (ownMs.get(id) ?? 0) + (timeDeltas[index] ?? 0) / 1000);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const frameOf = (name: string, module: string): Frame => ({ name, module, ownMs: 0, totalMs: 0, callees: new Map() });
  const fill = (frame: Frame, id: number): number => {
    const node = byId.get(id);
    if (node === undefined) return 0;
    let ms = ownMs.get(id) ?? 0;
    frame.ownMs += ms;
    for (const child of node.children ?? []) {
      const { functionName, url } = byId.get(child)?.callFrame ?? { functionName: '', url: '' };
      if (functionName === IDLE) continue;
      const name = functionName === '' ? '(anonymous)' : functionName;
      const module = moduleOf(url, functionName);
      const key = `${name} ${module}`;
      const callee = frame.callees.get(key) ?? frameOf(name, module);
      frame.callees.set(key, callee);
      ms += fill(callee, child);
    }
    frame.totalMs += ms;
    return ms;
  };
  const root = frameOf('all', '(all)');
  const [first] = nodes;
  if (first !== undefined) fill(root, first.id);
  return root;
}

/** Returns a short name: `worker-ecs/…`, `pino/lib/tools.js`, `node:net`, or `(engine)` for code without a file. */
function moduleOf(url: string, functionName: string): string {
  if (url === '') return functionName.startsWith('(') ? functionName : '(engine)';
  const path = url.replace(/^file:\/\//, '');
  const [, installed] = /^.*\/node_modules\/(.+)$/.exec(path) ?? [];
  const [, own] = /^.*\/packages\/(.+)$/.exec(path) ?? [];
  return (installed ?? own ?? path).replace(/^@worker-host\//, 'worker-').replace(/\/dist\/(src|bundle)\//, '/');
}
