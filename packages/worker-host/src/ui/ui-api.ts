import { isFinalStateType, type JsonObject, type StateType } from '@worker-host/core';
import { withoutNamedSecrets } from '../configuration/secret-names.js';
import { safeText } from '../logging/safe-text.js';
import type { Administration, RunView } from '../orchestrators/embedded/administration-types.js';
import { RUN_SORTS, type RunSort } from '../orchestrators/embedded/listing/run-listing.js';
import type { RunSummary } from '../orchestrators/embedded/listing/run-summaries.js';
import { describeArrayCounts } from '../orchestrators/embedded/runs/array-ends.js';
import { arrayPlaceOf } from '../orchestrators/embedded/runs/run-arrays.js';
import { nextTimesOf } from '../orchestrators/embedded/schedules/schedule-types.js';
import { timelineOf } from './run-timeline.js';

const MOST_RUNS = 200;
const MOST_LINES = 2000;

/** A response: null if the path does not exist. */
type Answer = Promise<unknown>;

/** Serves the data of the page about a data directory, by path and query. */
export class UiApi {
  constructor(
    private readonly administration: Administration,
    private readonly nowMs: () => number,
  ) {}

  async answer(path: string, query: URLSearchParams): Answer {
    const [noun, name, part] = path.split('/').map(decodeURIComponent);
    if (noun === 'pools' && name === undefined) return await this.#pools();
    if (noun === 'runs' && name === undefined) return await this.#runs(query);
    if (noun === 'runs' && name !== undefined && part === undefined) return await this.#run(name);
    if (noun === 'runs' && name !== undefined && part === 'logs') return await this.#logs(name, query);
    if (noun === 'workers' && name === undefined) return { workers: await this.administration.listWorkers() };
    if (noun === 'deployments' && name === undefined) return await this.#deployments();
    return null;
  }

  async #pools(): Answer {
    const pools = await this.administration.listWorkPools();
    const overviews = await Promise.all(pools.map(({ name }) => this.administration.readPoolOverview(name)));
    return {
      pools: overviews.map(({ pool: { id, name, type, isPaused, concurrencyLimit }, ...overview }) => {
        return { ...overview, pool: { id, name, type, isPaused, concurrencyLimit } };
      }),
    };
  }

  async #runs(query: URLSearchParams): Answer {
    const text = (name: string): string | null => query.get(name) || null;
    const states = query.getAll('state').map((state) => state.toUpperCase() as StateType | 'LATE');
    const sort = RUN_SORTS.find((each) => each === query.get('sort')) as RunSort | undefined;
    const hours = Number(query.get('hours'));
    const { runs, more } = await this.administration.listRuns({
      workPoolName: text('pool'),
      deploymentName: text('deployment'),
      queueName: text('queue'),
      workerName: text('worker'),
      tag: text('tag'),
      arrayId: text('array'),
      text: text('search'),
      states: states.length === 0 ? null : states,
      sinceMs: hours > 0 ? this.nowMs() - hours * 3_600_000 : null,
      sort,
      limit: countOf(query.get('limit'), 50, MOST_RUNS),
      after: text('after'),
    });
    return { runs: runs.map(shown), more };
  }

  async #run(idOrName: string): Answer {
    const view = await this.administration.readRun(idOrName);
    const summary = await this.administration.readRunSummary(view.flowRun.id);
    return {
      ...shown(summary),
      arrayPlace: arrayPlaceOf(summary),
      isFinal: summary.stateType !== null && isFinalStateType(summary.stateType),
      jobVariables: withoutNamedSecrets(summary.jobVariables),
      parameters: withoutNamedSecrets(summary.parameters),
      labels: summary.labels,
      states: view.states.map(({ type, name, timestamp, message }) => ({ type, name, timestamp, message })),
      launches: view.launches,
      timeline: timelineOf(view.states, this.nowMs()),
      result: resultOf(view),
    };
  }

  async #logs(flowRunId: string, query: URLSearchParams): Answer {
    const isTail = query.has('tail');
    return {
      lines: await this.administration.readLogs(flowRunId, {
        limit: countOf(query.get(isTail ? 'tail' : 'limit'), 500, MOST_LINES),
        isTail,
        afterSequence: Number(query.get('after')) || 0,
        level: Number(query.get('level')) || null,
        search: query.get('search') || null,
      }),
    };
  }

  async #deployments(): Answer {
    const deployments = await this.administration.listDeployments();
    const next = nextTimesOf(await this.administration.listSchedules(null, 1));
    return {
      deployments: deployments.map(({ id, name, workPoolName, workQueueName, schedules, isPaused, tags }) => {
        return { id, name, workPoolName, workQueueName, schedules, isPaused, tags, nextTime: next.get(name) ?? null };
      }),
    };
  }
}

/** Returns a run without data that only its own page shows. Directional marks in its name are escaped. */
function shown({ json, jobVariables, parameters, labels, state, arrayCounts, ...run }: RunSummary) {
  const arrayProgress = arrayCounts === null ? null : describeArrayCounts(arrayCounts);
  return { ...run, name: safeText(run.name), arrayProgress };
}

function resultOf({ result }: RunView): JsonObject | null {
  return result === null ? null : withoutNamedSecrets(result);
}

function countOf(text: string | null, usual: number, most: number): number {
  const count = Number(text);
  return Number.isSafeInteger(count) && count > 0 ? Math.min(count, most) : usual;
}
