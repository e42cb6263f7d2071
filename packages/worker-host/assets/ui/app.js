// The page: what is shown follows from the address, and is read again when something has changed.
import { html, render } from './lit-html.js';
import { deploymentsView, poolsView, workersView } from './pools-view.js';
import { runView } from './run-view.js';
import { runsView } from './runs-view.js';
import { act, ask, hasToken, listen, takeToken } from './server.js';
import { workerView } from './worker-view.js';

const VIEWS = {
  worker: workerView,
  pools: poolsView,
  runs: runsView,
  run: runView,
  deployments: deploymentsView,
  workers: workersView,
};
const LINKS = [
  ['worker', 'This worker'],
  ['pools', 'Pools'],
  ['runs', 'Runs'],
  ['deployments', 'Deployments'],
  ['workers', 'Workers'],
];
const AGES_EVERY_MS = 1000;

const state = { about: null, data: null, view: '', error: null, message: null, isLive: false, skewMs: 0 };
let loading = 0;

function query() {
  return new URLSearchParams(location.search);
}

/** What this server has: a worker of a Prefect server only itself. */
function shownViews() {
  return state.about?.views ?? [];
}

function viewName() {
  const name = query().get('view');
  return name !== null && Object.hasOwn(VIEWS, name) ? name : (shownViews()[0] ?? 'pools');
}

async function load() {
  const mine = ++loading;
  if (state.about === null) await readAbout();
  const view = viewName();
  const result = await VIEWS[view].load(query()).then(
    (data) => ({ data, error: null }),
    (error) => ({ data: state.view === view ? state.data : null, error: error.message }),
  );
  if (mine !== loading) return;
  Object.assign(state, result, { view });
  show();
}

async function readAbout() {
  state.about = await ask('about').catch(() => null);
  if (state.about !== null) state.skewMs = state.about.nowMs - Date.now();
}

function go(parameters) {
  history.pushState(null, '', `?${parameters}`);
  state.message = null;
  void load();
}

function canAct() {
  return Boolean(state.about?.hasActions) && hasToken();
}

/** A button that does something, or nothing where nothing can be done. */
function actionButton(action, name, text, kind = '') {
  if (!canAct()) return '';
  return html`<button class=${kind} @click=${async () => {
    if (kind === 'danger' && !confirm(`${text}?`)) return;
    await act(action, name).then(
      (answer) => {
        state.message = answer.id
          ? html`Queued <a href="?view=run&id=${answer.id}">${answer.name}</a>.`
          : `Done: ${text}.`;
      },
      (error) => {
        state.message = error.message;
      },
    );
    await load();
  }}>${text}</button>`;
}

function show() {
  const view = VIEWS[viewName()];
  const data = state.view === viewName() ? state.data : null;
  const context = {
    nowMs: Date.now() + state.skewMs,
    query: query(),
    go,
    actionButton,
    canAct: canAct(),
    views: shownViews(),
  };
  view.beforeRender?.();
  render(
    html`<header><strong>worker-host</strong>
        <nav aria-label="Pages">${LINKS.filter(([name]) => shownViews().includes(name)).map(
          ([name, text]) =>
            html`<a href="?view=${name}" aria-current=${viewName() === name ? 'page' : 'false'}>${text}</a>`,
        )}</nav>
        <span class="live" role="status">${state.isLive ? 'Live' : 'Not connected; trying again'}</span></header>
      <main id="main" tabindex="-1">
        ${state.error ? html`<p class="card trouble" role="alert">${state.error}</p>` : ''}
        ${state.message ? html`<p class="card notice" role="status">${state.message}</p>` : ''}
        ${data === null ? (state.error ? '' : html`<p class="quiet">Reading…</p>`) : view.render(data, context)}
      </main>`,
    document.getElementById('app'),
  );
  view.afterRender?.();
  document.title = titleOf(view, data);
}

/** The tab says what is wrong, also while another one is looked at. */
function titleOf(view, data) {
  const late = data?.pools?.reduce((sum, { lateRuns }) => sum + lateRuns, 0) ?? data?.backlog?.lateRuns ?? 0;
  const problems = data?.problems?.length ?? 0;
  const marks = [problems > 0 ? `${problems} problems` : '', late > 0 ? `${late} late` : ''].filter(Boolean);
  return `${marks.length > 0 ? `(${marks.join(', ')}) ` : ''}${view.title(data)} · worker-host`;
}

document.addEventListener('click', (event) => {
  const link = event.target.closest('a[href^="?"]');
  if (link === null || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey)
    return;
  event.preventDefault();
  go(new URLSearchParams(link.getAttribute('href')));
  document.getElementById('main')?.focus();
  scrollTo(0, 0);
});
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.target.closest('input, select, textarea')) return;
  const search = document.getElementById('search');
  if (search === null) return;
  event.preventDefault();
  search.focus();
});
addEventListener('popstate', () => void load());
setInterval(() => document.hidden || state.data === null || show(), AGES_EVERY_MS);

takeToken();
show();
listen({
  onChange: () => void load(),
  onState: (isLive) => {
    state.isLive = isLive;
    show();
  },
});
await load();
