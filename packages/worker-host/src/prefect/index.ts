export type { PrefectControlPlaneOptions } from './create-prefect-control-plane.js';
export { createPrefectControlPlane } from './create-prefect-control-plane.js';
