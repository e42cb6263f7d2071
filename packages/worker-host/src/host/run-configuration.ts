import {
  type BaseJobConfiguration,
  type Deployment,
  type Flow,
  type FlowRun,
  type JsonObject,
  mergeJobVariables,
  type RenderContext,
} from '@worker-host/core';
import type { HostParts } from './host-parts.js';
import { isUnauthorized, isUnavailable } from './orchestrator-failure.js';
import { DeploymentGoneError } from './run-errors.js';

/** A run's configuration, with what it was rendered from. */
export interface RenderedRun {
  readonly deployment: Deployment | null;
  readonly flow: Flow | null;
  readonly configuration: BaseJobConfiguration;
}

/** Renders configurations: of a run to launch, and of what is to be stopped when its run cannot be rendered any more. */
export class RunConfigurations {
  constructor(private readonly parts: HostParts) {}

  /**
   * Reads deployment and flow, renders the pool's template with the run's job variables, and prepares it for the run.
   *
   * @throws DeploymentGoneError, JobConfigurationError, or what the control plane throws.
   */
  async render(flowRun: FlowRun): Promise<RenderedRun> {
    const { orchestrator } = this.parts;
    const { deploymentId } = flowRun;
    const [deployment, ownFlow] = await Promise.all([
      deploymentId === null ? null : orchestrator.readDeployment(deploymentId),
      this.#flow(flowRun.flowId),
    ]);
    if (deploymentId !== null && deployment === null) throw new DeploymentGoneError(deploymentId, flowRun.id);
    const flow = ownFlow ?? (await this.#flow(deployment?.flowId ?? null));
    const configuration = await this.#fromTemplate(
      mergeJobVariables(deployment?.jobVariables ?? {}, flowRun.jobVariables),
    );
    this.#prepare(configuration, flowRun, deployment, flow);
    return { deployment, flow, configuration };
  }

  /**
   * A configuration good enough to find or stop what was launched for a run: its own; where that cannot be rendered,
   * the pool's template without job variables; at the very last an empty one.
   *
   * @throws what the control plane throws while it is away: the run's own may be had later.
   */
  async renderForStopping(flowRun: FlowRun | null): Promise<RenderedRun> {
    if (flowRun !== null) {
      try {
        return await this.render(flowRun);
      } catch (error) {
        if (isUnavailable(error) || isUnauthorized(error)) throw error;
        this.parts.logger.warn(
          'The run cannot be rendered any more; its infrastructure is reached with the pool defaults',
          {
            flowRunId: flowRun.id,
            error,
          },
        );
      }
    }
    return { deployment: null, flow: null, configuration: await this.poolDefault() };
  }

  /** The pool's template with nobody's job variables. Never throws. */
  async poolDefault(): Promise<BaseJobConfiguration> {
    try {
      return await this.#fromTemplate({});
    } catch (error) {
      this.parts.logger.warn("The pool's template cannot be rendered by itself; a plain configuration is used", {
        error,
      });
      return new this.parts.plugin.configuration();
    }
  }

  #fromTemplate(values: JsonObject): Promise<BaseJobConfiguration> {
    const { plugin, orchestrator, environment, secrets } = this.parts;
    const context: RenderContext = { references: orchestrator.references, environment, secrets };
    return Promise.resolve(
      (plugin.configuration as typeof BaseJobConfiguration).fromTemplateAndValues(
        this.parts.baseJobTemplate(),
        values,
        context,
      ),
    );
  }

  #prepare(
    configuration: BaseJobConfiguration,
    flowRun: FlowRun,
    deployment: Deployment | null,
    flow: Flow | null,
  ): void {
    const { orchestrator, settings, environment } = this.parts;
    configuration.prepareForFlowRun({
      flowRun,
      deployment,
      flow,
      workPool: this.parts.workPool(),
      worker: { id: orchestrator.workerId, name: settings.workerName },
      environment: orchestrator.jobEnvironment(flowRun),
      workerEnvironment: environment,
      prefectVersion: orchestrator.prefectVersion,
      defaultCommand: orchestrator.defaultCommand,
    });
  }

  #flow(id: string | null): Promise<Flow | null> {
    return id === null ? Promise.resolve(null) : this.parts.orchestrator.readFlow(id);
  }
}
