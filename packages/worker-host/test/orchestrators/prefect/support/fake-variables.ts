import type { JsonObject, JsonValue } from '@worker-host/core';
import type { HttpAnswer } from '../../../../src/orchestrators/prefect/rest/http-transport.js';
import type { ManualClock } from './manual-clock.js';

type Answer = Partial<HttpAnswer>;

interface Row {
  readonly name: string;
  readonly value: JsonValue;
  readonly tags: JsonValue;
  readonly updated: string;
  readonly sequence: number;
}

interface Query {
  readonly variables?: { readonly name?: { readonly like_?: string } };
  readonly sort?: string;
  readonly limit?: number;
  readonly offset?: number;
}

const json = (body: unknown, status = 200): Answer => ({ status, body: JSON.stringify(body) });
const NAME = /^[a-z0-9]+(_[a-z0-9]+)*$/;
const MOST_VALUE = 5000;

/** The variables of a Prefect server: names are unique, and a change sets the time (seen on 3.9.1). */
export class FakeVariables {
  readonly #rows = new Map<string, Row>();
  #sequence = 0;

  constructor(private readonly clock: ManualClock) {}

  get rows(): readonly Row[] {
    return [...this.#rows.values()];
  }

  remove(name: string): void {
    this.#rows.delete(name);
  }

  answer(method: string | undefined, path: string, body: JsonObject): Answer {
    if (path === '/variables/filter') return json(this.#list(body as Query));
    const name = String(body.name ?? decodeURIComponent(path.replace('/variables/name/', '')));
    const known = this.#rows.get(name);
    if (method === 'POST' && known !== undefined) return json({ detail: 'Such a variable exists.' }, 409);
    if (method !== 'POST' && known === undefined) return json({ detail: 'Variable not found.' }, 404);
    if (method === 'GET') return json(known);
    const { value = null, tags = known?.tags ?? [] } = body;
    if (!NAME.test(name) || JSON.stringify(value).length > MOST_VALUE) return json({ detail: 'invalid' }, 422);
    const row = this.#put(name, value, tags);
    return method === 'POST' ? json(row, 201) : { status: 204, body: '' };
  }

  #list({ variables, sort, limit = 200, offset = 0 }: Query): readonly Row[] {
    const text = variables?.name?.like_ ?? '';
    const found = this.rows.filter(({ name }) => name.includes(text));
    const inOrder =
      sort === 'UPDATED_DESC'
        ? found.sort((a, b) => b.sequence - a.sequence)
        : found.sort((a, b) => (a.name < b.name ? -1 : 1));
    return inOrder.slice(offset, offset + limit);
  }

  #put(name: string, value: JsonValue, tags: JsonValue): Row {
    this.#sequence += 1;
    const row = { name, value, tags, updated: new Date(this.clock.nowMs()).toISOString(), sequence: this.#sequence };
    this.#rows.set(name, row);
    return row;
  }
}
