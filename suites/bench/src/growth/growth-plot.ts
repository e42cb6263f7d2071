import type { Machine } from '../comparison/machine.js';
import { document, line, rectangle, round, text } from '../svg.js';

/** Curves over one size. */
export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly series: readonly Series[];
}

interface Series {
  readonly name: string;
  readonly points: readonly (readonly [size: number, value: number])[];
}

/** What a plot shows about its origin. */
export interface PlotOrigin {
  readonly machine: Machine;
  /** The command that measured. */
  readonly command: string;
}

const PANEL = 420;
const HEIGHT = 240;
const LEFT = 60;
const TOP = 90;
const COLORS = ['#1f6feb', '#d29922', '#cf222e', '#2da44e'];
const GRAY = '#d0d7de';

/** Panels beside each other, each with its curves over the same sizes, and the line of linear growth from the first one. */
export function growthPlot(title: string, sizes: string, panels: readonly Panel[], origin: PlotOrigin): string {
  const { cpu, cores, memoryGib, node, commit } = origin.machine;
  const about = `${cores} × ${cpu}, ${memoryGib} GiB, Node ${node}, commit ${commit ?? 'unknown'}; ${origin.command}`;
  return document(panels.length * PANEL, TOP + HEIGHT + 60, [
    text(10, 24, title, 'start', 15),
    text(10, 44, about, 'start', 11),
    ...panels.flatMap((panel, index) => partsOf(panel, index * PANEL, sizes)),
  ]);
}

function partsOf({ title, unit, series }: Panel, offset: number, sizes: string): readonly string[] {
  const points = series.flatMap((each) => each.points).filter(([, value]) => Number.isFinite(value));
  const largest = Math.max(1, ...points.map(([size]) => size));
  const highest = Math.max(...points.map(([, value]) => value), Number.MIN_VALUE) * 1.1;
  const x = (size: number): number => offset + LEFT + (size / largest) * (PANEL - LEFT - 30);
  const y = (value: number): number => TOP + HEIGHT - (value / highest) * HEIGHT;
  const shown = [...new Set(points.map(([size]) => size))];
  const grid = [
    ...shown.flatMap((size) => [
      line(x(size), TOP, x(size), TOP + HEIGHT, GRAY),
      text(x(size), TOP + HEIGHT + 16, size.toLocaleString('en'), 'middle', 10),
    ]),
    ...[0, highest / 2, highest].flatMap((value) => [
      line(offset + LEFT, y(value), offset + PANEL - 30, y(value), GRAY),
      text(offset + LEFT - 6, y(value) + 4, `${Number(value.toPrecision(2))}`, 'end', 10),
    ]),
    text(offset + PANEL / 2, TOP + HEIGHT + 34, sizes, 'middle', 11),
    text(offset + LEFT, TOP - 10, `${title}, ${unit}`, 'start', 12),
  ];
  const curves = series.flatMap(({ name, points: curve }, index) => {
    const color = COLORS[index % COLORS.length] ?? '#000000';
    const path = curve.map(([size, value]) => `${round(x(size))},${round(y(value))}`).join(' ');
    return [
      `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"/>`,
      ...curve.map(([size, value]) => rectangle(x(size) - 2, y(value) - 2, 4, 4, color, `${name}: ${value}`)),
      text(offset + LEFT + 8 + index * 90, TOP + 14, name, 'start', 11),
      rectangle(offset + LEFT + index * 90, TOP + 6, 5, 8, color),
    ];
  });
  return [...grid, ...curves];
}
