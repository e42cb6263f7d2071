import {
  type Clock,
  definePlugin,
  type JsonObject,
  type Orchestrator,
  OrchestratorUnavailableError,
  type RunLease,
} from '@worker-host/core';
import { ECS_TOKENS, plugin as ecs } from '@worker-host/ecs';
import type { FakeOrchestrator } from '@worker-host/testing';
import { createWorkerHost, type WorkerHost } from 'worker-host';
import { simulatedClients } from './aws-clients.js';
import type { PlannedFault } from './plan.js';
import type { Random } from './random.js';
import type { World } from './world.js';

const HEARTBEAT_SECONDS = 5;

/** Settings of every simulated worker: short intervals, so that little time has to be simulated. */
const SETTINGS = {
  workPoolName: 'p',
  querySeconds: 10,
  heartbeatSeconds: HEARTBEAT_SECONDS,
  recoverySeconds: 10,
  reconcileSeconds: 40,
  createPoolIfNotFound: false,
};

const NO_EVENTS = { PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_ENABLED: 'false' };

/**
 * One worker process. All it does that leaves it (calls to control plane and AWS, time) goes through here, where it may
 * crash, stand still, or lose an answer.
 */
export class SimProcess {
  readonly host: WorkerHost;
  readonly orchestrator: FakeOrchestrator;
  #isDead = false;
  #disturbedMs = 0;
  #pausedUntil: Promise<void> | null = null;

  constructor(
    private readonly world: World,
    readonly worker: number,
    readonly name: string,
    private readonly random: Random,
  ) {
    this.orchestrator = world.pool.createClient();
    const clients = simulatedClients(world.aws, (operation, call) => this.#call('aws', operation, call));
    this.host = createWorkerHost({
      orchestrator: this.#gatedOrchestrator(),
      plugin: definePlugin({
        type: ecs.type,
        extends: ecs,
        register: (container) => {
          container.registerInstance(ECS_TOKENS.AwsClients, clients);
        },
      }),
      clock: this.#clock(),
      environment: NO_EVENTS,
      settings: { ...SETTINGS, workerName: name, limit: world.workerLimit },
    });
  }

  /** When the process last stood still or waited for long. */
  get disturbedMs(): number {
    return this.#pausedUntil === null ? this.#disturbedMs : Number.POSITIVE_INFINITY;
  }

  get isAlive(): boolean {
    return !this.#isDead;
  }

  start(): void {
    this.host.run().then(
      () => this.world.processEnded(this),
      (error: unknown) => this.world.processFailed(this, error),
    );
  }

  /** Dies as by SIGKILL: nothing it has begun continues. */
  crash(): void {
    this.#isDead = true;
    this.orchestrator.kill();
  }

  async #pause(ms: number): Promise<void> {
    this.world.log(`${this.name} stands still for ${Math.round(ms / 1000)} s`);
    this.orchestrator.pause();
    this.#pausedUntil = this.world.clock.sleep(ms).then(() => {
      this.#pausedUntil = null;
      this.orchestrator.resume();
      this.#disturbedMs = this.world.clock.monotonicMs();
      this.world.disturbed();
      this.world.log(`${this.name} goes on`);
    });
    await this.#pausedUntil;
  }

  /** Never resolves in a dead process; waits in one that stands still. */
  async #running(): Promise<void> {
    while (this.#pausedUntil !== null) await this.#pausedUntil;
    if (this.#isDead) await new Promise(() => {});
  }

  #clock(): Clock {
    const { clock } = this.world;
    return {
      nowMs: () => clock.nowMs(),
      monotonicMs: () => clock.monotonicMs(),
      random: () => this.random.next(),
      sleep: async (ms, signal) => {
        try {
          await clock.sleep(ms, signal);
        } finally {
          await this.#running();
        }
      },
    };
  }

  async #call<T>(
    to: 'control-plane' | 'aws',
    operation: string,
    call: () => Promise<T>,
    flowRunId: string | null = null,
  ): Promise<T> {
    const { world } = this;
    await this.#running();
    const faults = world.faultsOfCall(this.worker);
    await this.#strike(faults, 'before', operation);
    await world.clock.sleep(this.random.spread(1, 40));
    await this.#running();
    const slow = faults.find((fault) => fault.kind === 'slow');
    const isSlowBefore = this.random.chance(0.5);
    if (slow && isSlowBefore) await this.#slow(slow.ms, operation);
    if (world.isCut(this.worker, to))
      return await this.#unanswered(to, operation, this.random.chance(0.3) ? call : null, flowRunId);
    if (to === 'aws' && world.isWithoutCredentials(this.worker)) throw expired();
    if (to === 'control-plane' && faults.some(({ kind }) => kind === 'lost-answer')) {
      world.log(`the answer to ${operation} of ${this.name} is lost`);
      return await this.#unanswered(to, operation, call, flowRunId);
    }
    const result = await call();
    if (faults.some(({ kind }) => kind === 'double')) {
      world.log(`${operation} of ${this.name} is executed twice`);
      await call().catch(() => {});
    }
    if (slow && !isSlowBefore) await this.#slow(slow.ms, operation);
    await this.#strike(faults, 'after', operation);
    await this.#running();
    if (faults.some(({ kind }) => kind === 'lost-answer')) {
      world.log(`the answer to ${operation} of ${this.name} is lost`);
      return await this.#unanswered(to, operation, null, flowRunId);
    }
    return result;
  }

  async #slow(ms: number, operation: string): Promise<void> {
    this.world.log(`${operation} of ${this.name} takes ${Math.round(ms / 1000)} s`);
    await this.world.clock.sleep(ms);
    this.#disturbedMs = this.world.clock.monotonicMs();
    this.world.disturbed();
    await this.#running();
  }

  async #unanswered(
    to: 'control-plane' | 'aws',
    operation: string,
    call: (() => Promise<unknown>) | null,
    flowRunId: string | null,
  ): Promise<never> {
    if (call !== null) {
      // The client itself must not see the answer: what it was granted it does not know of. Others wait for theirs.
      const when = (each: { readonly flowRunId: string | null }): boolean => each.flowRunId === flowRunId;
      const { faults } = this.orchestrator;
      const loss = to === 'control-plane' ? faults.lose(operation as never, { times: 1, when }) : null;
      await call().catch(() => {});
      loss?.stop();
    }
    await this.world.clock.sleep(this.random.spread(100, 5000));
    await this.#running();
    if (to === 'control-plane') throw new OrchestratorUnavailableError(operation, 'simulation');
    throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  }

  async #strike(faults: readonly PlannedFault[], side: 'before' | 'after', operation: string): Promise<void> {
    for (const fault of faults) {
      if (fault.kind === 'pause' && fault.side === side) await this.#pause(fault.ms);
      if (fault.kind === 'crash' && fault.side === side) {
        this.world.crashed(this, fault, `${side} ${operation}`);
        await new Promise(() => {});
      }
    }
  }

  #gatedOrchestrator(): Orchestrator {
    const gate = <T extends object>(target: T, methods: Readonly<Record<string, (method: Call) => Call>>): T =>
      new Proxy(target, {
        get: (_, property) => {
          const member = Reflect.get(target, property, target) as unknown;
          if (typeof member !== 'function') return member;
          const bound = member.bind(target) as Call;
          return typeof property === 'string' && Object.hasOwn(methods, property) ? methods[property]?.(bound) : bound;
        },
      });
    type Call = (...args: readonly unknown[]) => Promise<unknown>;
    const through =
      (name: string) =>
      (method: Call): Call =>
      (...args) =>
        this.#call('control-plane', name, () => method(...args));
    const leaseOf = (lease: RunLease): RunLease => {
      const { flowRunId } = lease.attempt;
      const write =
        (name: string) =>
        (method: Call): Call =>
        (...args) =>
          this.#call(
            'control-plane',
            name,
            () => this.world.promises.written(this, flowRunId, name, () => method(...args)),
            flowRunId,
          );
      return gate(lease, {
        renew: (method) => (): Promise<unknown> => this.#call('control-plane', 'renew', () => method(), flowRunId),
        proposeState: write('proposeState'),
        storeLaunch: write('storeLaunch'),
        storeInfrastructurePid: write('storeInfrastructurePid'),
        storeResult: write('storeResult'),
        label: write('label'),
        release: (method) => async (reason) => {
          this.world.log(`${this.name} releases ${flowRunId} (${String(reason)})`);
          await this.#running();
          this.world.promises.released(flowRunId);
          await method(reason);
        },
      });
    };
    return gate<Orchestrator>(this.orchestrator, {
      open: through('open'),
      heartbeat: through('heartbeat'),
      getScheduledFlowRuns: through('getScheduledFlowRuns'),
      claim: (method) => async (flowRun, signal) => {
        const { id } = flowRun as { id: string };
        const sentMs = this.world.clock.monotonicMs();
        const claim = async (): Promise<{ claimed: boolean; lease?: RunLease }> => {
          const claimed = (await method(flowRun, signal)) as { claimed: boolean };
          if (claimed.claimed) this.world.promises.claimed(this, id);
          return claimed;
        };
        const answer = await this.#call('control-plane', 'claim', claim, id);
        if (answer.lease) this.world.promises.heldByClaim(this, sentMs);
        return answer.lease ? { ...answer, lease: leaseOf(answer.lease) } : answer;
      },
      takeOverInterruptedRuns: (method) => async (query) => {
        const found = await this.#call('control-plane', 'takeOverInterruptedRuns', async () => {
          const granted = (await method(query).catch((error: unknown) => {
            this.world.promises.takenOverUnheard(this);
            throw error;
          })) as readonly { readonly lease: RunLease }[];
          for (const { lease } of granted) this.world.promises.takenOver(this, lease.attempt.flowRunId);
          return granted;
        });
        return found.map((interrupted) => ({ ...interrupted, lease: leaseOf(interrupted.lease) }));
      },
      readFlowRun: through('readFlowRun'),
      readFlowRuns: through('readFlowRuns'),
      ownerOf: through('ownerOf'),
      launchPlaces: through('launchPlaces'),
    });
  }
}

function expired(): Error {
  const metadata: JsonObject = { httpStatusCode: 400 };
  return Object.assign(new Error('The security token included in the request is expired'), {
    name: 'ExpiredTokenException',
    $metadata: metadata,
  });
}
