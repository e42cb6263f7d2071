import { plugin } from '@worker-host/ecs';
import { createWorkerHost } from 'worker-host';
import { createEmbeddedControlPlane } from 'worker-host/embedded';

const host = createWorkerHost({
  orchestrator: createEmbeddedControlPlane({ home: process.env.POOL_DIRECTORY ?? './pool' }),
  plugin,
  settings: { workPoolName: 'my-pool', isRunOnce: true },
  environment: process.env,
});
const { runsEnded } = await host.run();
console.log(`${runsEnded} runs ended`);
