import {
  type BaseJobConfiguration,
  type Deployment,
  type Flow,
  type FlowRun,
  type JsonObject,
  type Logger,
  mergeJobVariables,
  type Orchestrator,
  type ReferenceReader,
  type RenderContext,
  type SecretRegistry,
  type WorkerPlugin,
} from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { isUnauthorized, isUnavailable } from '../failure.js';
import { ServedPool } from '../served-pool.js';
import { HOST_TOKENS } from '../tokens.js';
import type { WorkerHostSettings } from '../worker-host-settings.js';
import { ControlPlaneReadError, DeploymentGoneError } from './run-errors.js';

/** The configuration of a run, with its rendering input. */
export interface RenderedRun {
  readonly deployment: Deployment | null;
  readonly flow: Flow | null;
  readonly configuration: BaseJobConfiguration;
}

/** Renders configurations: of a run to launch, and of infrastructure to stop if its run can no longer be rendered. */
@injectable()
export class RunConfigurations {
  constructor(
    @inject(HOST_TOKENS.Orchestrator) private readonly orchestrator: Orchestrator,
    @inject(HOST_TOKENS.Plugin) private readonly plugin: WorkerPlugin,
    @inject(HOST_TOKENS.Settings) private readonly settings: WorkerHostSettings,
    @inject(ServedPool) private readonly pool: ServedPool,
    @inject(HOST_TOKENS.Environment) private readonly environment: Readonly<Record<string, string | undefined>>,
    @inject(HOST_TOKENS.Secrets) private readonly secrets: SecretRegistry,
    @inject(HOST_TOKENS.Logger) private readonly logger: Logger,
  ) {}

  /**
   * Reads deployment and flow, renders the pool's template with the run's job variables, and prepares it for the run.
   *
   * @param secrets registry that receives the run's secrets.
   * @param environment environment of the job, in addition to that of the control plane. Default: none.
   * @throws DeploymentGoneError, JobConfigurationError and other errors of template and plugin; ControlPlaneReadError,
   * or errors of the control plane while it is unavailable.
   */
  async render(
    flowRun: FlowRun,
    secrets: SecretRegistry,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<RenderedRun> {
    const { deploymentId } = flowRun;
    const [deployment, ownFlow] = await Promise.all([
      deploymentId === null
        ? null
        : this.#reading('the deployment', () => this.orchestrator.readDeployment(deploymentId)),
      this.#flow(flowRun.flowId),
    ]);
    if (deploymentId !== null && deployment === null) throw new DeploymentGoneError(deploymentId, flowRun.id);
    const flow = ownFlow ?? (await this.#flow(deployment?.flowId ?? null));
    const configuration = await this.#fromTemplate(
      mergeJobVariables(deployment?.jobVariables ?? {}, flowRun.jobVariables),
      secrets,
    );
    this.#prepare(configuration, flowRun, deployment, flow, environment);
    return { deployment, flow, configuration };
  }

  /**
   * Returns a configuration that suffices to find or stop what was launched for a run: its own; if that cannot be
   * rendered, the pool's template without job variables; otherwise an empty one.
   *
   * @param secrets registry that receives the secrets of the run's own configuration.
   * @throws errors of the control plane while it is unavailable, because the run's own configuration may be readable
   * later.
   */
  async renderForStopping(flowRun: FlowRun | null, secrets: SecretRegistry): Promise<RenderedRun> {
    if (flowRun !== null) {
      try {
        return await this.render(flowRun, secrets);
      } catch (error) {
        if (isUnavailable(error) || isUnauthorized(error)) throw error;
        this.logger.warn('Rendering the run failed; using the defaults of the pool to reach its infrastructure', {
          flowRunId: flowRun.id,
          error,
        });
      }
    }
    return { deployment: null, flow: null, configuration: await this.poolDefault() };
  }

  /** Renders the pool's template without job variables. Never throws. */
  async poolDefault(): Promise<BaseJobConfiguration> {
    try {
      return await this.#fromTemplate({}, this.secrets);
    } catch (error) {
      this.logger.warn('Rendering the template of the pool failed; using a plain configuration', {
        error,
      });
      return new this.plugin.configuration();
    }
  }

  #fromTemplate(values: JsonObject, secrets: SecretRegistry): Promise<BaseJobConfiguration> {
    const context: RenderContext = { references: this.#references, environment: this.environment, secrets };
    return Promise.resolve(
      (this.plugin.configuration as typeof BaseJobConfiguration).fromTemplateAndValues(
        this.pool.template,
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
    environment: Readonly<Record<string, string>>,
  ): void {
    const { orchestrator } = this;
    configuration.prepareForFlowRun({
      flowRun,
      deployment,
      flow,
      workPool: this.pool.current,
      worker: { id: orchestrator.workerId, name: this.settings.workerName },
      environment: { ...environment, ...orchestrator.jobEnvironment(flowRun) },
      workerEnvironment: this.environment,
      prefectVersion: orchestrator.prefectVersion,
      defaultCommand: orchestrator.defaultCommand,
    });
  }

  #flow(id: string | null): Promise<Flow | null> {
    return id === null ? Promise.resolve(null) : this.#reading('the flow', () => this.orchestrator.readFlow(id));
  }

  get #references(): ReferenceReader {
    const { references } = this.orchestrator;
    return {
      readBlockDocumentById: (id) => this.#reading('a block', () => references.readBlockDocumentById(id)),
      readBlockDocument: (typeSlug, name) =>
        this.#reading('a block', () => references.readBlockDocument(typeSlug, name)),
      readVariable: (name) => this.#reading('a variable', () => references.readVariable(name)),
    };
  }

  /** A failed read is not a fact about the run, unlike an error of its template or its variables. */
  async #reading<T>(what: string, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (cause) {
      if (isUnavailable(cause) || isUnauthorized(cause)) throw cause;
      throw new ControlPlaneReadError(what, { cause });
    }
  }
}
