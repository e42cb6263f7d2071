import type { RunStatus } from '../host/run/run-tokens.js';
import type { HostStatus } from '../host/status.js';
import { escapeHtml } from './escape-html.js';

const MOST_RUNS_SHOWN = 500;
const REFRESH_SECONDS = 5;

const STYLE = `:root{color-scheme:light dark;--line:#8884}
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.3rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.2rem}dt{opacity:.7}dd{margin:0}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line)}
td{overflow-wrap:anywhere}td:nth-child(-n+3){min-width:7rem}td:nth-child(4){white-space:nowrap}.problems{border-left:4px solid #d33;padding-left:1rem}`;

/** The page that shows what a worker is doing. It needs nothing from elsewhere and runs no script. */
export function statusPage(status: HostStatus, nowMs: number): string {
  const facts: readonly (readonly [string, string])[] = [
    ['Worker', `${status.workerName} (${status.workerType})`],
    ['Pool', `${status.workPoolName}${status.isPoolPaused ? ' (paused)' : ''}`],
    ['Control plane', status.controlPlane],
    ['State', status.phase],
    ['Up for', ageText(nowMs - status.startedAtMs)],
    ['Last poll', sinceText(status.lastPollMs, nowMs)],
    ['Last heartbeat', sinceText(status.lastHeartbeatMs, nowMs)],
    ['Slots', slotsText(status.slots)],
    ['Runs ended here', String(status.runsEnded)],
  ];
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="${REFRESH_SECONDS}"><title>${escapeHtml(status.workerName)}</title><style>${STYLE}</style></head><body>
<h1>${escapeHtml(status.workerName)}</h1>
${section('Problems', status.problems)}${section('Passed over', status.passedOver)}${section('Faults of the plugin', status.pluginFaults)}
<dl>${facts.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl>
<h2>Active runs: ${status.runs.length}</h2>${runTable(status.runs, nowMs)}</body></html>
`;
}

function section(heading: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  const items = lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('');
  return `<section class="problems"><h2>${heading}</h2><ul>${items}</ul></section>`;
}

function runTable(runs: readonly RunStatus[], nowMs: number): string {
  if (runs.length === 0) return '<p>None.</p>';
  const rows = runs.slice(0, MOST_RUNS_SHOWN).map((run) => {
    const cells = [
      run.name,
      run.flowRunId,
      run.isCancelling ? `${run.phase}, cancelling` : (run.progress?.phase ?? run.phase),
      ageText(nowMs - run.sinceMs),
      run.infrastructurePid ?? '',
      String(run.relaunches),
    ];
    return `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`;
  });
  const more = runs.length > MOST_RUNS_SHOWN ? `<p>${runs.length - MOST_RUNS_SHOWN} more are not shown.</p>` : '';
  return `<table><thead><tr><th>Name</th><th>Id</th><th>Phase</th><th>For</th><th>Infrastructure</th><th>Relaunches</th></tr></thead>
<tbody>${rows.join('')}</tbody></table>${more}`;
}

function slotsText({ taken, limit }: HostStatus['slots']): string {
  return limit === null ? `${taken} taken, no limit` : `${taken} of ${limit} taken`;
}

function sinceText(ms: number | null, nowMs: number): string {
  return ms === null ? 'never' : `${ageText(nowMs - ms)} ago`;
}

function ageText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
