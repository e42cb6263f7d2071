import type { StateAnswer } from '@worker-host/core';
import { CallFaults } from './call-faults.js';
import { callText, type FakeCall } from './fake-call.js';
import type { FakeProcess } from './fake-process.js';

/** Channel of a client's calls to the pool: records them, and applies faults. */
export class FakeChannel {
  readonly calls: FakeCall[] = [];
  readonly faults = new CallFaults();
  isClosed = false;

  constructor(private readonly process: FakeProcess) {}

  /** @param act the effect at the pool; `scripted` is the response of a fault to a proposal. Null: none. */
  async call<T>(call: FakeCall, act: (scripted: StateAnswer | null) => T, signal?: AbortSignal): Promise<T> {
    await this.process.gate();
    this.calls.push(call);
    if (this.isClosed) throw new Error(`The control plane was called after close() [call=${callText(call)}]`);
    const faults = this.faults.of(call);
    signal?.throwIfAborted();
    for (const fault of faults) await fault.before(call, signal);
    await this.process.gate();
    const answer = act(faults.find((fault) => fault.answer !== null)?.answer ?? null);
    for (const fault of faults) await fault.after(call, signal);
    await this.process.gate();
    return answer;
  }
}
