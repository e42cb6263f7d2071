// Pieces that several views show.

import { duration, localTime, moodOf, when } from './format.js';
import { html, nothing } from './lit-html.js';

export function stateOf(run) {
  const type = run.isLate ? 'LATE' : run.stateType;
  return html`<span class="state ${moodOf(type)}">${run.isLate ? 'Late' : run.stateName}</span>`;
}

export function link(query, text) {
  return html`<a href="?${new URLSearchParams(query)}">${text}</a>`;
}

/** A page of somebody else, which learns nothing of this one. */
export function outside(url, text) {
  return html`<a href=${url} target="_blank" rel="noreferrer noopener">${text}</a>`;
}

export function runLink(run) {
  return link({ view: 'run', id: run.id }, run.name);
}

/** Names and values; what has no value is left out. */
export function facts(rows) {
  const known = rows.filter(([, value]) => value !== null && value !== undefined && value !== '');
  return html`<dl class="facts">${known.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

export function numbers(rows) {
  return html`<dl class="numbers">${rows.map(
    ([name, value, mood = '']) => html`<div><dt>${name}</dt><dd class=${mood}>${value}</dd></div>`,
  )}</dl>`;
}

export function timeOf(timestamp) {
  return timestamp ? html`<time datetime=${timestamp}>${localTime(timestamp)}</time>` : null;
}

/** Why a run is in its state, on a line; of an array how far it is. */
function reasonOf(run) {
  if (run.arrayProgress) return link({ view: 'runs', array: run.id }, run.arrayProgress);
  return run.reason?.split('\n')[0] ?? '';
}

export function runTable(runs, caption, nowMs) {
  if (runs.length === 0) return html`<p class="quiet">No run matches.</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${caption}><table>
    <caption>${caption}</caption>
    <thead><tr><th scope="col">Name</th><th scope="col">State</th><th scope="col">When</th><th scope="col" class="number">Duration</th>
      <th scope="col" class="number optional">Exit</th><th scope="col" class="optional">Reason</th><th scope="col" class="optional">Deployment</th>
      <th scope="col" class="optional">Pool</th><th scope="col" class="optional">Worker</th></tr></thead>
    <tbody>${runs.map(
      (run) => html`<tr>
        <td class="name">${runLink(run)}${reasonOf(run) === '' ? '' : html`<div class="narrow quiet">${reasonOf(run)}</div>`}</td><td>${stateOf(run)}</td>
        <td class="time" title=${run.stateSince ? localTime(run.stateSince) : nothing}>${when(run.stateSince, nowMs)}</td>
        <td class="number">${duration(run.durationSeconds)}</td><td class="number optional">${run.exitCode ?? '–'}</td>
        <td class="reason optional">${reasonOf(run)}</td>
        <td class="optional">${run.deploymentName ? link({ view: 'runs', deployment: run.deploymentName }, run.deploymentName) : '–'}</td>
        <td class="optional">${link({ view: 'runs', pool: run.workPoolName }, run.workPoolName)}</td>
        <td class="optional time">${run.workerName ?? '–'}</td></tr>`,
    )}</tbody></table></div>`;
}

export function workerTable(workers, caption, nowMs) {
  if (workers.length === 0) return html`<p class="quiet">No worker is there.</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${caption}><table>
    <caption>${caption}</caption>
    <thead><tr><th scope="col">Name</th><th scope="col">Status</th><th scope="col" class="number">Runs</th><th scope="col">Heartbeat</th>
      <th scope="col" class="optional">Queues</th><th scope="col" class="optional">Version</th><th scope="col" class="optional">Started</th>
      <th scope="col" class="optional">Process</th><th scope="col">Pool</th></tr></thead>
    <tbody>${workers.map(
      (worker) => html`<tr>
        <td class="name">${link({ view: 'runs', worker: worker.name }, worker.name)}</td>
        <td><span class="state ${worker.status === 'online' ? 'good' : 'bad'}">${worker.status}</span></td>
        <td class="number">${worker.activeRuns} / ${worker.limit ?? 'no limit'}</td>
        <td class="time">${when(worker.lastHeartbeat, nowMs)}</td>
        <td class="optional">${worker.workQueueNames.join(', ') || 'all'}</td><td class="optional">${worker.version ?? '–'}</td>
        <td class="optional time">${timeOf(worker.started) ?? '–'}</td><td class="optional">${worker.osPid} @ ${worker.host}</td>
        <td>${worker.workPoolName}</td></tr>`,
    )}</tbody></table></div>`;
}
