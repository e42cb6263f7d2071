// One run: what became of it, why, and its log.

import { timeline } from './charts.js';
import { duration, localTime, moodOf, when } from './format.js';
import { html } from './lit-html.js';
import { facts, link, outside, stateOf, timeOf } from './parts.js';
import { ask } from './server.js';

const TAIL = 500;
const MOST_LINES = 5000;
const LEVELS = [
  [10, 'debug'],
  [20, 'info'],
  [30, 'warning'],
  [40, 'error'],
];

/** The lines that are shown, of one run and one filter. */
let log = { key: '', lines: [], isComplete: true };

export const runView = {
  title: (data) => data?.name ?? 'Run',
  async load(query) {
    const id = encodeURIComponent(query.get('id') ?? '');
    const run = await ask(`runs/${id}`);
    await readLog(run.id, query);
    return run;
  },
  render(run, context) {
    const { nowMs, actionButton, query, go } = context;
    const diagnosis = run.result?.diagnosis;
    const phases = Object.entries(run.result?.phasesSeconds ?? {}).filter(([, seconds]) => typeof seconds === 'number');
    const canCancel = !run.isFinal && run.stateType !== 'CANCELLING';
    return html`<h1>${run.name}</h1>
      <section class="card ${moodOf(run.stateType) === 'bad' ? 'trouble' : run.isLate ? 'notice' : ''}" aria-label="State">
        <p>${stateOf(run)} <span class="quiet">${when(run.stateSince, nowMs)}</span></p>
        ${run.reason && run.reason !== diagnosis?.summary ? html`<p><strong>${run.waiting ? 'Why it waits' : 'Why'}:</strong> ${run.reason}</p>` : ''}
        ${
          diagnosis
            ? html`<h2>${diagnosis.summary}</h2><p>${diagnosis.detail}</p>
              ${diagnosis.resolution ? html`<p><strong>Try:</strong> ${diagnosis.resolution}</p>` : ''}`
            : ''
        }
        <div class="actions">
          ${canCancel ? actionButton('cancel-run', run.id, 'Cancel the run', 'danger') : ''}
          ${actionButton('run-again', run.id, 'Run it again')}
        </div>
      </section>
      <section class="card" aria-label="Timeline"><h2>Timeline</h2>${timeline(run.timeline, phases)}</section>
      <section class="card" aria-label="Facts"><h2>Facts</h2>${facts([
        ['Id', run.id],
        [
          'Deployment',
          run.deploymentName && link({ view: 'runs', deployment: run.deploymentName }, run.deploymentName),
        ],
        ['Pool', link({ view: 'runs', pool: run.workPoolName }, run.workPoolName)],
        ['Queue', run.workQueueName],
        ['Worker', run.workerName],
        ['Array', run.arrayProgress && link({ view: 'runs', array: run.id }, run.arrayProgress)],
        [
          'Index',
          run.arrayPlace &&
            html`${run.arrayPlace.index} of ${link({ view: 'run', id: run.arrayPlace.arrayId }, `an array of ${run.arrayPlace.size}`)}`,
        ],
        ['Attempt', run.attempt || null],
        ['Launches', run.result?.relaunches > 0 ? run.result.relaunches + 1 : null],
        ['Duration', run.durationSeconds === null ? null : duration(run.durationSeconds)],
        ['Scheduled', timeOf(run.expectedStartTime)],
        ['Started', timeOf(run.startTime)],
        ['Ended', timeOf(run.endTime)],
        ['Exit code', run.exitCode],
        ['Infrastructure', run.infrastructurePid],
        ['Where to look', linksOf(run.result?.facts?.links)],
        ['Launched at', run.launchPlace && JSON.stringify(run.launchPlace)],
        ['Tags', run.tags.join(', ')],
      ])}</section>
      <section aria-label="Log"><h2>Log</h2>
        <form class="filters" role="search" aria-label="Filters of the log" @submit=${(event) => {
          event.preventDefault();
          const values = [...new FormData(event.target)].filter(([, value]) => value !== '');
          go(new URLSearchParams([['view', 'run'], ['id', run.id], ...values]));
        }}>
          <label>Text<input id="search" name="search" type="search" .value=${query.get('search') ?? ''}></label>
          <label>From level<select name="level" @change=${(event) => event.target.form.requestSubmit()}>
            ${LEVELS.map(([level, name]) => html`<option value=${level} ?selected=${Number(query.get('level') ?? 20) === level}>${name}</option>`)}
          </select></label>
          <button>Filter</button>
        </form>
        ${log.isComplete ? '' : html`<p class="quiet">Only the last lines are shown: <code>worker-host runs logs ${run.shortId}</code> prints all.</p>`}
        ${
          log.lines.length === 0
            ? html`<p class="quiet">No line yet.</p>`
            : html`<div class="log" role="log" tabindex="0" aria-label="Lines of the log">${log.lines.map(
                (line) =>
                  html`<div class=${line.level >= 40 ? 'bad' : line.level >= 30 ? 'warn' : ''}><time>${localTime(line.timestampMs)}</time> ${withLinks(visible(line.message))}</div>`,
              )}</div>`
        }
      </section>
      <section aria-label="States"><h2>States</h2><div class="scroll" tabindex="0" role="region" aria-label="States of the run"><table><caption>Oldest first</caption>
        <thead><tr><th scope="col">At</th><th scope="col">State</th><th scope="col">Message</th></tr></thead>
        <tbody>${run.states.map(
          (state) => html`<tr><td class="time">${localTime(state.timestamp)}</td>
            <td><span class="state ${moodOf(state.type)}">${state.name}</span></td><td class="reason">${state.message ?? ''}</td></tr>`,
        )}</tbody></table></div></section>
      <h2>Request</h2>
      ${run.launches.map(
        ({ attempt, relaunch, request }) =>
          html`<details class="card"><summary>Attempt ${attempt}${relaunch > 0 ? `, relaunch ${relaunch}` : ''}: the request as it was sent, secrets masked</summary><pre>${JSON.stringify(request, null, 2)}</pre></details>`,
      )}
      <p class="quiet"><code>worker-host render --run ${run.shortId}</code> prints the requests of a launch now, secrets masked.</p>
      <details class="card"><summary>Job variables and parameters</summary><pre>${JSON.stringify({ jobVariables: run.jobVariables, parameters: run.parameters }, null, 2)}</pre></details>
      <details class="card"><summary>Everything that is stored of its end</summary><pre>${JSON.stringify(run.result, null, 2)}</pre></details>`;
  },
  /** The log stays at its end while nobody reads further up. */
  beforeRender() {
    const element = document.querySelector('.log');
    log.isAtEnd = element === null || element.scrollTop + element.clientHeight >= element.scrollHeight - 20;
  },
  afterRender() {
    const element = document.querySelector('.log');
    if (element !== null && log.isAtEnd) element.scrollTop = element.scrollHeight;
  },
};

async function readLog(id, query) {
  const filter = new URLSearchParams({ level: query.get('level') ?? '20', search: query.get('search') ?? '' });
  const key = `${id}?${filter}`;
  if (log.key !== key) {
    const { lines } = await ask(`runs/${id}/logs?tail=${TAIL}&${filter}`);
    log = { key, lines, isComplete: lines.length < TAIL };
    return;
  }
  const last = log.lines.at(-1)?.sequence ?? 0;
  const { lines } = await ask(`runs/${id}/logs?after=${last}&${filter}`);
  if (log.key !== key) return;
  const all = [...log.lines, ...lines];
  log.isComplete &&= all.length <= MOST_LINES;
  log.lines = all.slice(-MOST_LINES);
}

/** Addresses of consoles that the plugin stored: what is no https address is left out. */
function linksOf(links) {
  const known = Object.entries(links ?? {}).filter(([, url]) => typeof url === 'string' && url.startsWith('https://'));
  if (known.length === 0) return null;
  return known.map(([name, url], at) => html`${at > 0 ? ', ' : ''}${outside(url, name)}`);
}

/** Addresses in a line of the log lead there. */
function withLinks(text) {
  return text
    .split(/(https:\/\/[^\s<>"'`]+[^\s<>"'`.,;:!?)\]}])/)
    .map((part, at) => (at % 2 === 1 ? outside(part, part) : part));
}

/** Colours and other control sequences of terminals are left out. */
function visible(message) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is about control characters
  return message.replace(/\u001b\[[0-9;:?]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}
