import { defineExtension } from '@worker-host/core';
import { ECS_TOKENS, SdkAwsClientsProvider } from '@worker-host/ecs';
import { instanceCachingFactory } from 'tsyringe';

/**
 * Clients of one region, whatever pools and profiles configure. The rate budgets apply to them as to the plugin's own.
 */
export const extension = defineExtension({
  name: 'one-region',
  types: ['ecs'],
  register(container) {
    const useFactory = instanceCachingFactory((parts) => {
      const sdk = parts.resolve(SdkAwsClientsProvider);
      return { clientsFor: sdk.clientsFor.bind(sdk, null, 'eu-west-1'), close: () => sdk.close() };
    });
    container.register(ECS_TOKENS.AwsClientFactory, { useFactory });
  },
});
