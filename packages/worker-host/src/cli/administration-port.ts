export type {
  Administration,
  DeploymentView,
  RunView,
  Schedule,
  StoredLog,
  WorkQueue,
} from '../orchestrators/embedded/administration-types.js';
