import type { Scenario } from '../harness/scenario.js';
import { apiDrift } from './api-drift.js';
import { awsModels, awsRequestShapes } from './aws-models.js';
import { badWeather } from './bad-weather.js';
import { cancelBeforeLaunch, cancelWhileRunning, crashBeforeCancelled } from './cancellation.js';
import { crashes } from './crashes.js';
import { flowEnds, subflows, suspendedAndRescheduled } from './flow-ends.js';
import { guardedServer, teardownByChannel, wrongPassword } from './guarded-server.js';
import { happyRun } from './happy-run.js';
import { heldBack } from './holds.js';
import { hostileProxy } from './hostile-proxy.js';
import { leftCluster } from './launch-places.js';
import { hundredRuns, measuredBacklog, twoWorkers } from './limits.js';
import { migration } from './migration.js';
import { poisonedBlocks, poisonedDeployments, poisonedRuns } from './poisoned-runs.js';
import { onPostgres } from './postgres.js';
import { prefectFile } from './prefect-file.js';
import { serviceModel } from './service-model.js';
import { settingsAsPrefect } from './settings-as-prefect.js';
import { sideBySide } from './side-by-side.js';
import { fencing, handover, namesakes, successor } from './succession.js';
import {
  deadWorker,
  killedAtEachStep,
  killedInSecondAttempt,
  killedWorker,
  restartedServer,
  serverComesLater,
} from './survival.js';
import { templatingRecords } from './templating-records.js';
import { together } from './together.js';
import { unheardDeaths } from './unheard-deaths.js';
import { versionRecords } from './version-records.js';

/** All scenarios, in the order in which they are begun. */
export const SCENARIOS: readonly Scenario[] = [
  templatingRecords,
  versionRecords,
  settingsAsPrefect,
  happyRun,
  flowEnds,
  suspendedAndRescheduled,
  subflows,
  crashes,
  cancelWhileRunning,
  crashBeforeCancelled,
  cancelBeforeLaunch,
  heldBack,
  badWeather,
  hostileProxy,
  unheardDeaths,
  together,
  poisonedRuns,
  poisonedDeployments,
  poisonedBlocks,
  twoWorkers,
  measuredBacklog,
  killedWorker,
  killedAtEachStep,
  killedInSecondAttempt,
  deadWorker,
  leftCluster,
  fencing,
  namesakes,
  handover,
  guardedServer,
  wrongPassword,
  teardownByChannel,
  sideBySide,
  migration,
  prefectFile,
  apiDrift,
  serviceModel,
  awsModels,
  awsRequestShapes,
  onPostgres,
  hundredRuns,
  successor,
  restartedServer,
  serverComesLater,
];
