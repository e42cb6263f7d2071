import type { Subject } from './subject.js';

/** Records, in order, what a host does at its end: releases, the teardown, the close, and claims. */
export function recordOrder({ orchestrator, worker }: Subject): string[] {
  const order: string[] = [];
  const claim = orchestrator.claim.bind(orchestrator);
  orchestrator.claim = async (flowRun, signal) => {
    order.push(`claim ${flowRun.id}`);
    const answer = await claim(flowRun, signal);
    if (answer.claimed) {
      const release = answer.lease.release.bind(answer.lease);
      answer.lease.release = async (reason) => {
        await release(reason);
        order.push(`release ${flowRun.id} ${reason}`);
      };
    }
    return answer;
  };
  const close = orchestrator.close.bind(orchestrator);
  orchestrator.close = async () => {
    order.push('close');
    await close();
  };
  const { onTeardown } = worker;
  worker.onTeardown = async () => {
    order.push('teardown');
    await onTeardown();
  };
  return order;
}
