import { document, line, rectangle, round, text } from '../svg.js';
import type { Row } from './rows.js';
import { resultOf } from './table.js';

const WIDTH = 900;
const LEFT = 330;
const RIGHT = 90;
const ROW = 26;
const TOP = 60;
const SIZE = 320;
const COLORS = ['#1f6feb', '#8b949e', '#d29922', '#2da44e', '#a371f7'];

/** Bars of what worker-host takes of what the peer takes, on a logarithmic scale, with a mark at each goal. */
export function ratioPlot(rows: readonly Row[], peer: string): string {
  const shown = rows.filter(
    ({ ratio, key }) => ratio !== null && ratio > 0 && Number.isFinite(ratio) && key !== 'launched',
  );
  const lowest = Math.min(0.01, ...shown.map(({ ratio }) => ratio ?? 1));
  const from = 10 ** Math.floor(Math.log10(lowest));
  const x = (ratio: number): number =>
    LEFT + scale(Math.log10(ratio), Math.log10(from), Math.log10(2), WIDTH - LEFT - RIGHT);
  const height = TOP + shown.length * ROW + 30;
  const ticks = [0.001, 0.01, 0.1, 0.2, 0.5, 1, 2].filter((tick) => tick >= from);
  const grid = ticks.flatMap((tick) => [
    line(x(tick), TOP - 8, x(tick), height - 20, tick === 1 ? '#57606a' : '#d0d7de'),
    text(x(tick), height - 6, `${tick}`, 'middle'),
  ]);
  const bars = shown.flatMap((row, index) => {
    const y = TOP + index * ROW;
    const ratio = row.ratio ?? 1;
    const isMissed = (row.distance ?? 0) > 0;
    const goal = row.goal === null || row.peer === null ? null : row.goal / row.peer.median;
    return [
      text(LEFT - 8, y + 14, row.title, 'end'),
      rectangle(x(from), y + 2, x(ratio) - x(from), ROW - 8, isMissed ? '#d29922' : '#1f6feb'),
      ...(goal === null || goal < from || goal > 2 ? [] : [line(x(goal), y, x(goal), y + ROW - 4, '#cf222e', 2)]),
      text(Math.min(x(ratio), WIDTH - RIGHT) + 6, y + 14, `${Number(ratio.toPrecision(2))} ${resultOf(row)}`, 'start'),
    ];
  });
  const title = text(10, 24, `worker-host ÷ ${peer}; red: goal`, 'start', 15);
  return document(WIDTH, height, [title, ...grid, ...bars]);
}

/** Launches over time: one line for each that launched. */
export function launchPlot(launches: Readonly<Record<string, readonly number[]>>): string {
  const series = Object.entries(launches).map(([name, seconds]) => ({
    name,
    seconds: [...seconds].sort((a, b) => a - b),
  }));
  const longest = Math.max(1, ...series.flatMap(({ seconds }) => seconds));
  const most = Math.max(1, ...series.map(({ seconds }) => seconds.length));
  const x = (second: number): number => 60 + scale(second, 0, longest, WIDTH - 90);
  const y = (count: number): number => TOP + SIZE - scale(count, 0, most, SIZE);
  const every = Math.max(1, Math.ceil(longest / 10));
  const ticks = Array.from({ length: Math.floor(longest / every) + 1 }, (_, index) => index * every);
  const grid = [
    ...ticks.flatMap((tick) => [
      line(x(tick), TOP, x(tick), TOP + SIZE, '#d0d7de'),
      text(x(tick), TOP + SIZE + 18, `${tick} s`, 'middle'),
    ]),
    ...[0, most / 2, most].flatMap((count) => [
      line(60, y(count), WIDTH - 30, y(count), '#d0d7de'),
      text(52, y(count) + 4, `${Math.round(count)}`, 'end'),
    ]),
  ];
  const lines = series.flatMap(({ name, seconds }, index) => {
    const color = COLORS[index % COLORS.length] ?? '#000000';
    const points = seconds.map((second, at) => `${round(x(second))},${round(y(at + 1))}`).join(' ');
    return [
      `<polyline points="${points}" fill="none" stroke="${color}" stroke-width="2"/>`,
      rectangle(WIDTH - 330, TOP + SIZE - 100 + index * 20, 12, 12, color),
      text(WIDTH - 312, TOP + SIZE - 90 + index * 20, name, 'start'),
    ];
  });
  return document(WIDTH, TOP + SIZE + 40, [
    text(10, 24, 'tasks launched after 300 runs came due', 'start', 15),
    ...grid,
    ...lines,
  ]);
}

function scale(value: number, from: number, to: number, length: number): number {
  return ((value - from) / (to - from)) * length;
}
