import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type JsonObject, parseJson, stringifyJson } from '@worker-host/core';
import type { EmbeddedDatabase, Row } from '../database/database.js';

/** A launch that was sent, or was about to be sent. */
export interface SentLaunch {
  /** Attempt of the run, counted from 1. */
  readonly attempt: number;
  /** Number of the launch within the attempt; 0 is the first. */
  readonly relaunch: number;
  /** The request, in the form of the infrastructure. Known secrets are replaced. */
  readonly request: JsonObject;
}

/** Stores the requests by which jobs were launched. They are similar and rarely read, and therefore compressed. */
export class LaunchRequests {
  constructor(private readonly database: EmbeddedDatabase) {}

  /** Stores the request of a launch; an earlier one of the same launch is replaced. */
  store(flowRunId: string, { attempt, relaunch, request }: SentLaunch): void {
    this.database.run(
      'INSERT OR REPLACE INTO launch_requests (flow_run_id, attempt, relaunch, request) VALUES (?, ?, ?, ?)',
      flowRunId,
      attempt,
      relaunch,
      deflateRawSync(stringifyJson(request)).toString('base64'),
    );
  }

  /** Returns the launches of a run, oldest first. */
  list(flowRunId: string): readonly SentLaunch[] {
    return this.database
      .all(
        'SELECT attempt, relaunch, request FROM launch_requests WHERE flow_run_id = ? ORDER BY attempt, relaunch',
        flowRunId,
      )
      .map(toSentLaunch);
  }
}

function toSentLaunch({ attempt, relaunch, request }: Row): SentLaunch {
  const text = inflateRawSync(Buffer.from(String(request), 'base64')).toString();
  return { attempt: Number(attempt), relaunch: Number(relaunch), request: parseJson(text) as JsonObject };
}
