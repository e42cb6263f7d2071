import type { Logger, Meter } from '@worker-host/core';
import type { HostSettings } from '../../../configuration/resolve-host-settings.js';
import type { RunStatus } from '../../../host/run/run-tokens.js';
import {
  NOTIFICATION_KINDS,
  type NotificationKind,
  type NotificationReceiver,
} from '../../../notifications/notification.js';
import { Notifications } from '../../../notifications/notifications.js';
import { NotifyCommand } from '../../../notifications/notify-command.js';
import { Webhook } from '../../../notifications/webhook.js';
import { UsageError } from '../../cli-errors.js';
import type { CommandContext } from '../../command-context.js';
import type { ControlPlane } from './open-control-plane.js';

/**
 * Creates notifications as configured. Null: no receiver is configured.
 *
 * @throws UsageError for an unknown kind or an invalid URL
 */
export function openNotifications(given: {
  readonly context: CommandContext;
  readonly settings: HostSettings;
  readonly controlPlane: ControlPlane;
  readonly workPoolName: string;
  readonly workerName: () => string;
  readonly activeRuns: () => readonly RunStatus[];
  readonly logger: Logger;
  readonly meter: Meter;
}): Notifications | null {
  const { context, settings, controlPlane, workPoolName, logger, meter } = given;
  const { orchestrator } = controlPlane;
  const receivers = receiversOf(context, settings);
  if (receivers.length === 0) return null;
  const world = {
    get workerName() {
      return given.workerName();
    },
    workPoolName,
    logCommand: (flowRunId: string) => controlPlane.logCommand(flowRunId),
    runPage: (flowRunId: string) => controlPlane.runPage(flowRunId),
    readRun: (flowRunId: string) => orchestrator.readFlowRun(flowRunId),
    readDeploymentName: async (id: string) => (await orchestrator.readDeployment(id))?.name ?? null,
    readLate: (beforeMs: number) => controlPlane.readLate(workPoolName, beforeMs),
    activeRuns: given.activeRuns,
  };
  const rules = {
    kinds: kindsOf(settings),
    deployments: settings.get('notify-deployment') ?? [],
    lateSeconds: settings.get('notify-late-seconds') ?? 60,
    stuckSeconds: settings.get('notify-stuck-seconds') ?? 900,
  };
  return new Notifications(world, rules, receivers, context.secrets, context.io.clock, logger, meter);
}

function receiversOf({ io, secrets }: CommandContext, settings: HostSettings): readonly NotificationReceiver[] {
  const [url, secret, words] = [
    settings.get('notify-webhook'),
    settings.get('notify-webhook-secret'),
    settings.get('notify-command') ?? [],
  ];
  for (const value of [url, secret]) if (value !== undefined) secrets.add(value);
  if (url !== undefined && !(URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)))
    throw new UsageError('The notify-webhook setting expects a URL that begins with https:// or http://.');
  return [
    ...(url === undefined ? [] : [new Webhook(url, secret ?? null, io.clock)]),
    ...(words.length === 0 ? [] : [new NotifyCommand(words, io.environment, io.workingDirectory)]),
  ];
}

function kindsOf(settings: HostSettings): readonly NotificationKind[] {
  const given = settings.get('notify-on');
  if (given === undefined) return NOTIFICATION_KINDS;
  const unknown = given.find((kind) => !NOTIFICATION_KINDS.includes(kind as NotificationKind));
  if (unknown !== undefined)
    throw new UsageError(`The notify-on setting takes ${NOTIFICATION_KINDS.join(', ')}; found '${unknown}'.`);
  return given as readonly NotificationKind[];
}
