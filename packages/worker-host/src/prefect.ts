export type { PrefectControlPlaneOptions } from './orchestrators/prefect/create-prefect-control-plane.js';
export { createPrefectControlPlane } from './orchestrators/prefect/create-prefect-control-plane.js';
