import type { Clock } from '@worker-host/core';

import type { FaultControl, Strike } from '../faults/fault-control.js';
import type { RequestReader } from '../requests/request-reader.js';
import { OPERATION_BUCKETS } from '../throttling/buckets.js';
import type { AccountRegion } from './account-region.js';
import { AwsError, isThrottling, throttlingException } from './aws-error.js';
import type { CallLog, CallOutcome } from './call-log.js';
import type { Answer, Call, CallContext, ServiceName } from './operation.js';

const QUERY_SERVICES: ReadonlySet<ServiceName> = new Set<ServiceName>(['cloudwatch', 'iam', 'sts']);

/** Outcome of a call: a response or an error, and whether the caller receives it. */
export interface Dispatched {
  readonly result: Answer | AwsError;
  /** The fault that drops the response, or null. */
  readonly lost: Strike<'lost-answer'> | null;
}

/** Executes one call: faults before it takes effect, throttling, the call itself, faults after it; and records it. */
export class Dispatcher {
  readonly #clock: Clock;
  readonly #faults: FaultControl;
  readonly #calls: CallLog;
  readonly #requests: RequestReader;

  constructor(clock: Clock, faults: FaultControl, calls: CallLog, requests: RequestReader) {
    this.#clock = clock;
    this.#faults = faults;
    this.#calls = calls;
    this.#requests = requests;
  }

  async dispatch(call: Call, place: AccountRegion, context: CallContext): Promise<Dispatched> {
    const startedAtMs = this.#clock.nowMs();
    const operation = `${call.service}:${call.operation}`;
    const latency = this.#faults.take('latency', { operation });
    if (latency !== null) await this.#wait(latency.ms, context.signal);
    const lost = this.#faults.take('lost-answer', { operation });
    const before = lost?.when === 'before' && lost.how !== 'delay';
    const refusal = before ? null : this.#refusal(operation, call);
    const result = before ? lostBefore() : (refusal?.error ?? (await this.#act(call, place, context)));
    if (lost?.how === 'delay') await this.#wait(lost.delayMs ?? 1000, context.signal);
    const error = result instanceof AwsError ? result : null;
    this.#calls.add({
      service: call.service,
      operation: call.operation,
      params: call.params,
      account: place.account,
      region: place.region,
      startedAtMs,
      durationMs: this.#clock.nowMs() - startedAtMs,
      outcome: outcomeOf(error, lost),
      errorCode: error?.awsCode ?? null,
      faultId: lost?.id ?? refusal?.faultId ?? latency?.id ?? null,
    });
    return { result, lost: lost?.how === 'delay' ? null : lost };
  }

  #refusal(operation: string, call: Call): { error: AwsError; faultId: string } | null {
    const throttle = this.#faults.take('throttle', { operation });
    if (throttle !== null) return { error: throttleOf(call), faultId: throttle.id };
    const fault = this.#faults.take('error', { operation });
    if (fault === null) return null;
    const { code, message = '', status = 400 } = fault;
    return { error: new AwsError(code, message, { status }), faultId: fault.id };
  }

  async #act(call: Call, place: AccountRegion, context: CallContext): Promise<Answer | AwsError> {
    const table = place.services[call.service];
    const operation = Object.hasOwn(table, call.operation) ? table[call.operation] : undefined;
    if (operation === undefined) return unknownOperation(call);
    try {
      const params = this.#requests.read(call);
      const bucket = OPERATION_BUCKETS[`${call.service}:${call.operation}`];
      if (bucket !== undefined) place.throttle.take({ bucket, tokens: 1 });
      return await operation(params, context);
    } catch (error) {
      if (error instanceof AwsError) return error;
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return new AwsError('InternalFailure', `The local AWS failed: ${text}`, { status: 500 });
    }
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    await this.#clock.sleep(ms, signal).catch(() => undefined);
  }
}

function outcomeOf(error: AwsError | null, lost: Strike<'lost-answer'> | null): CallOutcome {
  if (lost !== null) return 'lost';
  if (error === null) return 'ok';
  return isThrottling(error) ? 'throttled' : 'error';
}

function throttleOf(call: Call): AwsError {
  if (call.service === 'ec2') return new AwsError('RequestLimitExceeded', 'Request limit exceeded.', { status: 503 });
  if (QUERY_SERVICES.has(call.service)) return new AwsError('Throttling', 'Rate exceeded');
  return throttlingException();
}

function lostBefore(): AwsError {
  return new AwsError('ServiceUnavailable', 'The service is unavailable.', { status: 503 });
}

function unknownOperation(call: Call): AwsError {
  const text = `The local AWS does not serve ${call.service}:${call.operation}.`;
  if (call.service === 'ec2' || QUERY_SERVICES.has(call.service)) return new AwsError('InvalidAction', text);
  return new AwsError('UnknownOperationException', text);
}
