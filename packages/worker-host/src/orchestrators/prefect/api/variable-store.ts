import type { RestCall } from '../rest/rest-call.js';
import type { RestClient } from '../rest/rest-client.js';
import { PrefectConflictError, PrefectNotFoundError } from '../rest/rest-errors.js';
import { isVariable } from './api-shapes.js';
import type { ApiVariable, ApiVariableCreate } from './api-types.js';
import type { ListReader } from './list-reader.js';

/** Variables in which the worker itself stores data. The caller handles responses with 500. */
export class VariableStore {
  constructor(
    private readonly rest: RestClient,
    private readonly lists: ListReader,
  ) {}

  /** Returns the variables whose names contain a text, those changed last first. */
  async list(text: string, limit: number, signal?: AbortSignal): Promise<readonly ApiVariable[]> {
    return await this.lists.read<ApiVariable>({
      path: '/variables/filter',
      filter: { variables: { name: { like_: text } }, sort: 'UPDATED_DESC' },
      limit,
      offset: 0,
      what: 'Listing variables',
      signal,
      isRow: isVariable,
      isFaultHandled: true,
    });
  }

  /** Creates a variable, or sets the value of an existing one, which also renews the time of its last change. */
  async put(variable: ApiVariableCreate): Promise<void> {
    const { name, value } = variable;
    const path = `/variables/name/${encodeURIComponent(name)}`;
    try {
      await this.#store({ method: 'PATCH', path, body: { value } });
    } catch (error) {
      if (!(error instanceof PrefectNotFoundError)) throw error;
      await this.#create(variable);
    }
  }

  /** Another client may have created it in the meantime. */
  async #create(variable: ApiVariableCreate): Promise<void> {
    try {
      await this.#store({ method: 'POST', path: '/variables/', body: variable });
    } catch (error) {
      if (!(error instanceof PrefectConflictError)) throw error;
    }
  }

  async #store(call: Pick<RestCall, 'method' | 'path' | 'body'>): Promise<void> {
    await this.rest.call({ ...call, what: 'Storing a variable', isFaultHandled: true });
  }
}
