import type { Clock } from '@worker-host/core';

import type { Assumptions } from '../assumptions/assumptions.js';
import { ec2Operations } from '../ec2/ec2-service.js';
import { DEFAULT_VPCS, Network } from '../ec2/network-model.js';
import { ecrOperations, Repositories } from '../ecr/ecr-service.js';
import { CapacityWaits } from '../ecs/capacity/capacity-waits.js';
import { providerOperations } from '../ecs/capacity/provider-operations.js';
import { clusterOperations } from '../ecs/clusters/cluster-operations.js';
import { instanceOperations } from '../ecs/clusters/instance-operations.js';
import { EcsState } from '../ecs/ecs-state.js';
import { LocalEcs } from '../ecs/local-ecs.js';
import type { Launcher } from '../ecs/running/launcher.js';
import { resolvePhases } from '../ecs/running/phase-durations.js';
import { TaskRunner } from '../ecs/running/task-runner.js';
import { tagOperations } from '../ecs/tags/tag-operations.js';
import { TaskChanges } from '../ecs/task-changes.js';
import { definitionOperations } from '../ecs/task-definitions/definition-operations.js';
import type { Task } from '../ecs/tasks/task.js';
import { taskOperations } from '../ecs/tasks/task-operations.js';
import { EventDelivery, type EventPattern } from '../events/event-delivery.js';
import { EventRules } from '../events/event-rules.js';
import { eventsOperations } from '../events/events-service.js';
import type { FaultControl } from '../faults/fault-control.js';
import { iamOperations } from '../iam/iam-service.js';
import type { IamStore } from '../iam/iam-store.js';
import { LogStore } from '../logs/log-store.js';
import { logsOperations } from '../logs/logs-service.js';
import { metricOperations, quotaOperations } from '../quotas/quota-service.js';
import { messageOperations } from '../sqs/message-operations.js';
import { QueueAccess } from '../sqs/queue-access.js';
import { queueOperations } from '../sqs/queue-operations.js';
import { QueueStore } from '../sqs/queue-store.js';
import type { Sessions } from '../sts/sessions.js';
import { stsOperations } from '../sts/sts-service.js';
import { Throttle } from '../throttling/throttle.js';
import type { IdSource } from './id-source.js';
import type { OperationTable, ServiceName } from './operation.js';
import type { InProcessAwsOptions } from './options.js';

const DEFAULT_STOP_TIMEOUT_SECONDS = 30;

/** State that all accounts and regions share. */
export interface Shared {
  readonly options: InProcessAwsOptions;
  readonly clock: Clock;
  readonly faults: FaultControl;
  readonly assumptions: Assumptions;
  readonly sessions: Sessions;
  readonly ids: IdSource;
  readonly launcher: Launcher;
  readonly closing: AbortSignal;
  /** Roles and policies of an account, shared by all regions. */
  readonly iamStoreOf: (account: string) => IamStore;
  /** Returns the queues of another account. */
  readonly queueStoreOf: (account: string, region: string) => QueueStore;
  /** Returns the log store of another region of an account. */
  readonly logStoreOf: (account: string, region: string) => LogStore;
}

/** The services of one account in one region. */
export class AccountRegion {
  readonly account: string;
  readonly region: string;
  readonly ecs: LocalEcs;
  readonly logs: LogStore;
  readonly queues: QueueStore;
  readonly network: Network;
  readonly throttle: Throttle;
  readonly services: Readonly<Record<ServiceName, OperationTable>>;
  readonly #runner: TaskRunner;
  readonly #events: EventDelivery;

  constructor(account: string, region: string, shared: Shared) {
    const { options, clock, ids, faults } = shared;
    const nowMs = () => clock.nowMs();
    const changes = new TaskChanges();
    this.account = account;
    this.region = region;
    this.logs = new LogStore(account, region, nowMs);
    this.queues = new QueueStore(account, region, clock, ids);
    this.network = new Network(account, region, options.vpcs ?? DEFAULT_VPCS);
    this.throttle = new Throttle(options.throttling ?? 'off', nowMs);
    const rules = new EventRules((arn) => this.queues.findByArn(arn));
    this.#events = new EventDelivery(clock, ids, faults, shared.closing, rules);
    const capacity = new CapacityWaits(clock, faults, ids);
    this.#runner = new TaskRunner({
      clock,
      capacity,
      phases: resolvePhases(options.phases),
      defaultStopTimeoutSeconds: options.defaultStopTimeoutSeconds ?? DEFAULT_STOP_TIMEOUT_SECONDS,
      launcher: shared.launcher,
      faults,
      storeOf: (other) => (other === null || other === region ? this.logs : shared.logStoreOf(account, other)),
      onChange: (task) => {
        state.reads.changed(task);
        this.#events.deliver(task);
        changes.notify(task);
      },
    });
    const state = new EcsState({
      account,
      region,
      containerInstances: options.containerInstances ?? 1,
      clock,
      ids,
      network: this.network,
      faults,
      throttle: this.throttle,
      runner: this.#runner,
      assumptions: shared.assumptions,
      capacity,
    });
    this.ecs = new LocalEcs(state, changes);
    const access = new QueueAccess(this.queues, (other) => shared.queueStoreOf(other, region));
    this.services = {
      ecs: {
        ...clusterOperations(state),
        ...instanceOperations(state),
        ...providerOperations(state),
        ...definitionOperations(state),
        ...taskOperations(state),
        ...tagOperations(state),
      },
      ec2: ec2Operations(this.network, account, region),
      logs: logsOperations(this.logs, faults, nowMs),
      sqs: { ...queueOperations(this.queues, access), ...messageOperations(access) },
      cloudwatch: metricOperations((isSpot) => vcpuInUse(state.allTasks(), isSpot), nowMs),
      ecr: ecrOperations(new Repositories(), account, region),
      events: eventsOperations(rules, account, region),
      iam: iamOperations(shared.iamStoreOf(account), account, ids, nowMs),
      servicequotas: quotaOperations(options.fargateQuotas ?? {}),
      sts: stsOperations(shared.sessions, options.sessionSeconds ?? null),
    };
  }

  /** Sends an event for every change of a task that the pattern matches to a queue, which is created if it does not exist. */
  connectEventsToQueue(name: string, pattern: EventPattern = () => true): void {
    this.#events.connect(this.queues.ensure(name), pattern);
  }

  async close(graceMs: number): Promise<void> {
    await this.#runner.close(graceMs);
  }
}

function vcpuInUse(tasks: readonly Task[], isSpot: boolean): number {
  const units = tasks
    .filter(({ lastStatus, launchType }) => lastStatus !== 'STOPPED' && launchType === 'FARGATE')
    .filter(({ provider }) => (provider?.name === 'FARGATE_SPOT') === isSpot)
    .map(({ request, definition }) => Number(request.overrides?.cpu ?? definition.cpu ?? 0));
  return units.reduce((sum, each) => sum + each, 0) / 1024;
}
