// The worker that serves the page: what it does, what is wrong, and its runs.

import { duration, localTime, when } from './format.js';
import { html } from './lit-html.js';
import { facts, numbers, outside, runLink } from './parts.js';
import { ask } from './server.js';

export const workerView = {
  title: (data) => data?.workerName ?? 'Worker',
  load: () => ask('worker'),
  render(worker, { nowMs, views }) {
    const { problems, passedOver, pluginFaults, backlog, slots, runs } = worker;
    const late = backlog?.lateRuns ?? 0;
    return html`<h1>${worker.workerName}</h1>
      ${lines('Problems', problems, 'trouble')}
      ${lines('Passed over', passedOver, 'notice')}
      ${lines('Faults of the plugin', pluginFaults, 'notice')}
      <section class="card" aria-label="Numbers">${numbers([
        ['State', `${worker.phase}${worker.isPoolPaused ? ', pool paused' : ''}`, problems.length > 0 ? 'bad' : ''],
        ['Active runs', `${slots.taken}${slots.limit === null ? '' : ` of ${slots.limit}`}`],
        ['Waiting in the pool', backlog === null ? '–' : backlog.dueRuns, late > 0 ? 'warn' : ''],
        ['Late', backlog === null ? '–' : late, late > 0 ? 'bad' : ''],
        [
          'Oldest waits',
          backlog === null || backlog.oldestDueMs === null ? '–' : duration((nowMs - backlog.oldestDueMs) / 1000),
          late > 0 ? 'bad' : '',
        ],
        ['Ended here', worker.runsEnded],
      ])}</section>
      <section class="card" aria-label="Facts"><h2>Facts</h2>${facts([
        ['Pool', `${worker.workPoolName} (${worker.workerType})`],
        ['Control plane', worker.controlPlane],
        ['Started', `${localTime(worker.startedAtMs)}, ${ageOf(worker.startedAtMs, nowMs)}`],
        ['Last poll', ageOf(worker.lastPollMs, nowMs)],
        ['Last heartbeat', ageOf(worker.lastHeartbeatMs, nowMs)],
      ])}</section>
      <h2>Active runs</h2>${runTable(runs, nowMs, views)}`;
  },
};

function lines(heading, texts, kind) {
  if (texts.length === 0) return '';
  return html`<section class="card ${kind}" aria-label=${heading}><h2>${heading}</h2>
    <ul>${texts.map((text) => html`<li>${text}</li>`)}</ul></section>`;
}

function runTable(runs, nowMs, views) {
  if (runs.length === 0) return html`<p class="quiet">None.</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Active runs of this worker"><table>
    <caption>Active runs of this worker</caption>
    <thead><tr><th scope="col">Name</th><th scope="col">Phase</th><th scope="col" class="number">For</th>
      <th scope="col">Reason</th><th scope="col" class="optional number">Relaunches</th>
      <th scope="col" class="optional">Id</th><th scope="col" class="optional">Infrastructure</th></tr></thead>
    <tbody>${runs.map(
      (run) => html`<tr>
        <td class="name">${nameOf(run, views)}</td>
        <td><span class="state ${run.failures > 0 ? 'warn' : 'busy'}">${phaseOf(run)}</span></td>
        <td class="number">${duration((nowMs - run.sinceMs) / 1000)}</td>
        <td class="reason">${reasonOf(run)}</td>
        <td class="optional number">${run.relaunches}</td>
        <td class="optional" title=${run.flowRunId}>${run.flowRunId.slice(0, 8)}</td>
        <td class="optional broken">${run.infrastructurePid ?? '–'}</td></tr>`,
    )}</tbody></table></div>`;
}

/** A run leads to its page here, or in the UI of the server. */
function nameOf({ flowRunId, name, url }, views) {
  if (views.includes('runs')) return runLink({ id: flowRunId, name });
  return url === null ? name : outside(url, name);
}

function phaseOf({ phase, progress, isCancelling }) {
  return `${progress?.phase ?? phase}${isCancelling ? ', cancelling' : ''}`;
}

function reasonOf({ progress, failures }) {
  return [progress?.reason ?? '', failures > 0 ? `failed ${failures} times in a row; retrying` : '']
    .filter(Boolean)
    .join('; ');
}

function ageOf(ms, nowMs) {
  return ms === null ? 'never' : when(new Date(ms).toISOString(), nowMs);
}
