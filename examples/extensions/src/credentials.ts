import { defineExtension } from '@worker-host/core';
import { ECS_TOKENS } from '@worker-host/ecs';

/** Signs calls with keys that a company-internal broker issues. */
export const extension = defineExtension({
  name: 'broker-keys',
  types: ['ecs'],
  register(container) {
    const keys = async () => JSON.parse(await (await fetch(`${process.env.KEY_BROKER}/keys`)).text());
    container.registerInstance(ECS_TOKENS.AwsCredentialSource, { providerFor: async () => keys });
  },
});
