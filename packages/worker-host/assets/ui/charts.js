// Drawings. Sizes are attributes, as the page allows no style of its own in elements; texts stand beside them in HTML.
import { duration, localTime, moodOf } from './format.js';
import { html, svg } from './lit-html.js';

const WIDTH = 1000;
const HEIGHT = 100;
const KINDS = [
  ['completed', 'good'],
  ['cancelled', 'warn'],
  ['failed', 'bad'],
  ['crashed', 'bad'],
];

/** What ended in each of the last 24 hours. */
export function hoursChart(hours) {
  const totals = hours.map((hour) => KINDS.reduce((sum, [kind]) => sum + hour[kind], 0));
  const most = Math.max(1, ...totals);
  const all = totals.reduce((sum, each) => sum + each, 0);
  const bad = hours.reduce((sum, hour) => sum + hour.failed + hour.crashed, 0);
  const step = WIDTH / hours.length;
  const bars = hours.map((hour, index) => {
    let top = HEIGHT;
    return KINDS.map(([kind, mood]) => {
      const height = (hour[kind] / most) * HEIGHT;
      top -= height;
      const title = `${localTime(hour.startMs).slice(0, 16)}: ${hour[kind]} ${kind}`;
      return height === 0
        ? ''
        : svg`<rect class="fill-${mood}" x=${index * step + 2} y=${top} width=${step - 4} height=${height}><title>${title}</title></rect>`;
    });
  });
  return html`<p class="quiet">${all} in 24 hours, ${bad} of them failed or crashed; ${all === 0 ? 0 : most} in the busiest hour</p>
    <svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img"
      aria-label="${all} runs ended in the last 24 hours, ${bad} of them failed or crashed">${bars}</svg>
    <p class="axis quiet"><span>24 hours ago</span><span>now</span></p>`;
}

/** The states of a run as bars, one under the other, on one axis of time; below them the phases of its job. */
export function timeline(bars, phases) {
  if (bars.length === 0) return html`<p class="quiet">It has not begun.</p>`;
  const startMs = bars[0].startMs;
  const endMs = bars.at(-1).endMs;
  const totalMs = Math.max(1, endMs - startMs);
  const rows = [
    ...bars.map((bar) => ({ ...bar, seconds: (bar.endMs - bar.startMs) / 1000, mood: moodOf(bar.type) })),
    ...phaseRows(phases, endMs),
  ];
  return html`<dl class="timeline">${rows.map((row) => {
    const x = (Math.max(0, row.startMs - startMs) / totalMs) * WIDTH;
    const width = Math.max(3, ((row.seconds * 1000) / totalMs) * WIDTH);
    return html`<dt>${row.name}</dt><dd>
      <svg viewBox="0 0 ${WIDTH} 10" preserveAspectRatio="none" aria-hidden="true">
        <rect class="fill-${row.mood}" x=${Math.min(x, WIDTH - 3)} y="0" width=${Math.min(width, WIDTH - x)} height="10"></rect>
      </svg><span>${duration(row.seconds)}</span></dd>`;
  })}</dl>`;
}

/** Phases as the infrastructure timed them: their lengths are known, and that they came one after the other up to the end. */
function phaseRows(phases, endMs) {
  let atMs = endMs - phases.reduce((sum, [, seconds]) => sum + seconds * 1000, 0);
  return phases.map(([name, seconds]) => {
    const row = { name: `job: ${name}`, startMs: atMs, seconds, mood: 'idle' };
    atMs += seconds * 1000;
    return row;
  });
}
