// Pools, deployments and workers.

import { hoursChart } from './charts.js';
import { duration, localTime, schedule, when } from './format.js';
import { html } from './lit-html.js';
import { link, numbers, workerTable } from './parts.js';
import { ask } from './server.js';

/** Failures beyond these are not looked at. */
const MOST_COUNTED = 200;

export const poolsView = {
  title: () => 'Pools',
  load: () => ask('pools'),
  render: ({ pools }, context) =>
    pools.length === 0
      ? html`<h1>Pools</h1><p>There is no pool yet. Make one with <code>worker-host pool create NAME --type TYPE</code>.</p>`
      : html`<h1>Pools</h1>${pools.map((pool) => poolCard(pool, context))}`,
};

function poolCard(overview, { nowMs, actionButton }) {
  const { pool, dueRuns, lateRuns, oldestDueMs, waitingFor, activeRuns, workers, failures, hours, queues } = overview;
  const online = workers.filter(({ status }) => status === 'online').length;
  const isTrouble = lateRuns > 0 || (online === 0 && dueRuns > 0);
  return html`<section class="card ${isTrouble ? 'trouble' : pool.isPaused ? 'notice' : ''}" aria-label="Pool ${pool.name}">
    <h2>${link({ view: 'runs', pool: pool.name }, pool.name)} <span class="quiet">${pool.type}${pool.isPaused ? ', paused' : ''}</span></h2>
    ${numbers([
      ['Active runs', `${activeRuns}${pool.concurrencyLimit === null ? '' : ` of ${pool.concurrencyLimit}`}`],
      ['Waiting', dueRuns, lateRuns > 0 ? 'warn' : ''],
      ['Late', lateRuns, lateRuns > 0 ? 'bad' : ''],
      ['Oldest waits', oldestDueMs === null ? '–' : duration((nowMs - oldestDueMs) / 1000), lateRuns > 0 ? 'bad' : ''],
      ['Workers online', online, online === 0 ? 'warn' : ''],
    ])}
    ${waitingFor === null ? '' : html`<p><strong>Why they wait:</strong> ${waitingFor} ${link({ view: 'runs', pool: pool.name, state: 'scheduled' }, 'Show them')}</p>`}
    <div class="actions">${actionButton(pool.isPaused ? 'resume-pool' : 'pause-pool', pool.name, pool.isPaused ? 'Resume the pool' : 'Pause the pool')}</div>
    <h3>Failures of the last 24 hours</h3>
    ${
      failures.length === 0
        ? html`<p class="quiet">None.</p>`
        : html`<ul>${failures.slice(0, 8).map(
            (
              each,
            ) => html`<li><strong class="bad">${each.runs >= MOST_COUNTED ? `${MOST_COUNTED}+` : each.runs} × ${each.stateName}</strong>: ${each.reason.split('\n')[0]}
              (${link({ view: 'run', id: each.lastRunId }, `last ${when(each.lastTime, nowMs)}`)})</li>`,
          )}</ul>`
    }
    <h3>Ended, by the hour</h3>${hoursChart(hours)}
    <h3>Workers</h3>${workerTable(workers, `Workers of ${pool.name}`, nowMs)}
    ${
      queues.length < 2
        ? ''
        : html`<h3>Queues</h3><ul>${queues.map(
            (
              queue,
            ) => html`<li>${link({ view: 'runs', pool: pool.name, queue: queue.name }, queue.name)}: priority ${queue.priority},
              ${queue.concurrencyLimit === null ? 'no limit' : `at most ${queue.concurrencyLimit} at once`}${queue.isPaused ? ', paused' : ''}</li>`,
          )}</ul>`
    }
  </section>`;
}

export const workersView = {
  title: () => 'Workers',
  load: () => ask('workers'),
  render: ({ workers }, { nowMs }) => html`<h1>Workers</h1>${workerTable(workers, 'Workers of all pools', nowMs)}`,
};

export const deploymentsView = {
  title: () => 'Deployments',
  load: () => ask('deployments'),
  render: ({ deployments }, { actionButton, canAct, nowMs }) =>
    deployments.length === 0
      ? html`<h1>Deployments</h1><p class="quiet">There is none yet.</p>`
      : html`<h1>Deployments</h1><div class="scroll" tabindex="0" role="region" aria-label="Deployments"><table>
          <caption>Named jobs, their schedules, and their next run</caption>
          <thead><tr><th scope="col">Name</th><th scope="col">Schedule</th><th scope="col">Status</th><th scope="col">Pool</th>
            <th scope="col" class="optional">Queue</th><th scope="col" class="optional">Tags</th><th scope="col">Next run</th>${canAct ? html`<th scope="col">Action</th>` : ''}</tr></thead>
          <tbody>${deployments.map(
            (each) => html`<tr><td class="name">${link({ view: 'runs', deployment: each.name }, each.name)}</td>
              <td>${each.schedules.map(schedule).join('; ') || '–'}</td><td>${each.isPaused ? 'paused' : 'active'}</td>
              <td>${each.workPoolName}</td><td class="optional">${each.workQueueName ?? '–'}</td>
              <td class="optional">${each.tags.join(', ') || '–'}</td>
              <td class="time">${each.nextTime === null ? '–' : link({ view: 'runs', deployment: each.name, state: 'scheduled' }, `${localTime(each.nextTime)} (${when(each.nextTime, nowMs)})`)}</td>
              ${canAct ? html`<td>${actionButton(each.isPaused ? 'resume-deployment' : 'pause-deployment', each.name, each.isPaused ? 'Resume' : 'Pause')}</td>` : ''}</tr>`,
          )}</tbody></table></div>`,
};
