// The server's side: questions, actions, and news.

const TOKEN_KEY = 'worker-host-token';

/** Takes the token out of the address, where the command has put it, so that it is in no bookmark and no history. */
export function takeToken() {
  const token = /^#token=([\w-]+)$/.exec(location.hash)?.[1];
  if (token === undefined) return;
  sessionStorage.setItem(TOKEN_KEY, token);
  history.replaceState(null, '', location.pathname + location.search);
}

export function hasToken() {
  return sessionStorage.getItem(TOKEN_KEY) !== null;
}

/** Asks, and throws what the server says is wrong. */
export async function ask(path) {
  return await answerOf(await fetch(`api/${path}`));
}

/** Does something to the object of a name. */
export async function act(action, name) {
  const response = await fetch(`api/actions/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-worker-host-token': sessionStorage.getItem(TOKEN_KEY) ?? '' },
    body: JSON.stringify({ name }),
  });
  return await answerOf(response);
}

async function answerOf(response) {
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error?.message ?? `The server answered ${response.status}.`);
  return answer;
}

/** Calls back when something has changed, and when the connection comes and goes. */
export function listen({ onChange, onState }) {
  const source = new EventSource('api/events');
  let isDue = false;
  source.addEventListener('change', () => {
    if (isDue) return;
    isDue = true;
    setTimeout(() => {
      isDue = false;
      onChange();
    }, 300);
  });
  source.onopen = () => {
    onState(true);
    onChange();
  };
  source.onerror = () => onState(false);
}
