import { plugin } from '@worker-host/ecs';
import { createWorkerHost } from 'worker-host';
import { createPrefectControlPlane } from 'worker-host/prefect';

const host = createWorkerHost({
  orchestrator: await createPrefectControlPlane(), // // PREFECT_API_URL, or a profile, from the same sources as Prefect
  plugin,
  settings: { workPoolName: 'my-pool', limit: 10 },
  environment: process.env,
});
process.once('SIGTERM', () => host.stop());
const { runsEnded } = await host.run();
console.log(`${runsEnded} runs ended`);
