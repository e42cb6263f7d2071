import { defineExtension } from '@worker-host/core';
import { HOST_TOKENS, type RetryPolicy } from 'worker-host';

/** Retries soon, for a control plane in the same data centre. */
const impatient: RetryPolicy = { operation: { firstMs: 200, longestMs: 5_000 }, longestLoopMs: 10_000 };

export const extension = defineExtension({
  name: 'impatient',
  registerHost: (container) => container.registerInstance(HOST_TOKENS.RetryPolicy, impatient),
});
