// The list of runs. Its filters are the address.
import { html } from './lit-html.js';
import { link, runTable } from './parts.js';
import { ask } from './server.js';

const STATES = ['late', 'scheduled', 'pending', 'running', 'cancelling', 'completed', 'failed', 'crashed', 'cancelled'];
const FIELDS = [
  ['pool', 'Pool'],
  ['deployment', 'Deployment'],
  ['queue', 'Queue'],
  ['worker', 'Worker'],
  ['tag', 'Tag'],
  ['array', 'Array'],
];
const CAPTIONS = {
  '': 'The last changed first; future runs at the end',
  created: 'The newest first',
  duration: 'The longest first',
  name: 'By name',
};
const MOST_COUNTED = 10_000;

export const runsView = {
  title: () => 'Runs',
  load: (query) => ask(`runs?${query}`),
  render({ runs, more }, { nowMs, query, go }) {
    const last = runs.at(-1);
    const next = Object.fromEntries([...query].filter(([name]) => name !== 'after'));
    return html`<h1>Runs</h1>
      <nav class="actions" aria-label="Frequent questions">
        ${link({ view: 'runs', state: 'late' }, 'What waits too long')}
        ${link({ view: 'runs', state: 'running', sort: 'duration' }, 'What runs longest')}
        <a href="?view=runs&state=failed&state=crashed&hours=24">What failed since yesterday</a>
      </nav>
      <form class="filters" role="search" aria-label="Filters" @submit=${(event) => {
        event.preventDefault();
        const values = [...new FormData(event.target)].filter(([, value]) => value !== '');
        go(new URLSearchParams([['view', 'runs'], ...values]));
      }}>
        <label>Text<input id="search" name="search" type="search" .value=${query.get('search') ?? ''} placeholder="name, id, diagnosis"></label>
        <label>State<select name="state" @change=${submit}>
          <option value="" ?selected=${!query.has('state')}>any</option>
          ${STATES.map((state) => html`<option ?selected=${query.get('state') === state}>${state}</option>`)}
        </select></label>
        ${FIELDS.map(([name, label]) => html`<label>${label}<input name=${name} size="10" .value=${query.get(name) ?? ''}></label>`)}
        <label>Since<select name="hours" @change=${submit}>
          ${[
            ['', 'ever'],
            ['1', 'an hour'],
            ['24', 'a day'],
            ['168', 'a week'],
          ].map(
            ([value, text]) =>
              html`<option value=${value} ?selected=${(query.get('hours') ?? '') === value}>${text}</option>`,
          )}
        </select></label>
        <label>Order<select name="sort" @change=${submit}>
          ${[
            ['', 'last change'],
            ['created', 'newest'],
            ['duration', 'longest'],
            ['name', 'name'],
          ].map(
            ([value, text]) =>
              html`<option value=${value} ?selected=${(query.get('sort') ?? '') === value}>${text}</option>`,
          )}
        </select></label>
        <button>Filter</button>
        ${link({ view: 'runs' }, 'Clear')}
      </form>
      ${query.getAll('state').length > 1 ? html`<p class="quiet">States: ${query.getAll('state').join(', ')}</p>` : ''}
      ${runTable(runs, CAPTIONS[query.get('sort') ?? ''] ?? CAPTIONS[''], nowMs)}
      ${
        more > 0 && last
          ? html`<p>${more >= MOST_COUNTED ? `${MOST_COUNTED}+` : more} more.
              <a href="?${withStates(next, query)}&after=${last.id}">Next page</a></p>`
          : ''
      }`;
  },
};

function withStates(values, query) {
  const next = new URLSearchParams(values);
  next.delete('state');
  for (const state of query.getAll('state')) next.append('state', state);
  return next;
}

function submit(event) {
  event.target.form.requestSubmit();
}
