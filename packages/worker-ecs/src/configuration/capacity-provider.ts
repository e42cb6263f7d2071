import { Field, Model } from '@worker-host/core';

/** One provider of a capacity provider strategy. */
@Model({
  description: 'One provider of a capacity provider strategy.',
  required: ['capacityProvider', 'weight', 'base'],
})
export class CapacityProvider {
  @Field({ wireName: 'capacityProvider', type: 'string', title: 'Capacityprovider' })
  capacityProvider = '';
  /** 0 to 1000: its share of the tasks beyond every base. */
  @Field({ wireName: 'weight', type: 'integer', title: 'Weight' })
  weight = 0;
  /** 0 to 100000: number of tasks that it gets before shares apply. */
  @Field({ wireName: 'base', type: 'integer', title: 'Base' })
  base = 0;
}
