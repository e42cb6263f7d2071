export { openAdministration } from './orchestrators/embedded/administration.js';
export type {
  Administration,
  DeploymentView,
  RunView,
  StoredLog,
  WorkQueue,
} from './orchestrators/embedded/administration-types.js';
export type { EmbeddedControlPlaneOptions } from './orchestrators/embedded/create-embedded-control-plane.js';
export { createEmbeddedControlPlane } from './orchestrators/embedded/create-embedded-control-plane.js';
export type { RunNews } from './orchestrators/embedded/runs/followed-run.js';
export type { Schedule, ScheduleView } from './orchestrators/embedded/schedules/schedule-types.js';
