import type { DependencyContainer } from 'tsyringe';
import type { BaseJobConfiguration } from '../configuration/base-job-configuration.js';
import type { JsonObject } from '../json/json.js';
import type { FlowRun } from '../orchestration/model.js';

/** Context of a call of a tool. */
export interface ToolContext {
  /** Contains the host's tokens and the plugin's registrations; disposed of after the call. */
  readonly container: DependencyContainer;
}

/** A step of a path: a member's name, or an index from 0. */
export type PathStep = string | number;

/** A launch to be shown. */
export interface PreviewRequest {
  /** Rendered and prepared for the run. */
  readonly configuration: BaseJobConfiguration;
  readonly flowRun: FlowRun;
  /** False: no request leaves the process. True: the infrastructure is read, as for a launch; nothing is changed. */
  readonly readsInfrastructure: boolean;
}

/** Origin of a part of a request. Applies to everything below `path` without a more specific origin. */
export interface ValueOrigin {
  /** In the body. Empty: the whole body. */
  readonly path: readonly PathStep[];
  /** Path in the configuration, in wire names, that the part of the body mirrors. Null: the plugin sets the value. */
  readonly from: readonly PathStep[] | null;
  /** Why the plugin sets the value, for people. Empty if `from` is set. */
  readonly reason: string;
}

/** A size that the infrastructure limits. */
export interface LimitedSize {
  /** For people, such as `overrides`. */
  readonly what: string;
  readonly value: number;
  readonly limit: number;
  /** For people, such as `characters`. */
  readonly unit: string;
}

/** A request that a launch sends. */
export interface PreviewedRequest {
  /** As the infrastructure calls it, such as `RunTask`. */
  readonly operation: string;
  readonly body: JsonObject;
  readonly origins: readonly ValueOrigin[];
  readonly sizes: readonly LimitedSize[];
  /**
   * The body and its counterpart on the infrastructure, both normalized, so that equivalent ones are equal. `current` null: the
   * infrastructure has no counterpart. Absent: not compared, or not read.
   */
  readonly comparison?: { readonly proposed: JsonObject; readonly current: JsonObject | null; readonly name: string };
}

/** The requests of a launch, in order. */
export interface LaunchPreview {
  readonly requests: readonly PreviewedRequest[];
  /** Notes that the requests do not show, one sentence each. */
  readonly notes: readonly string[];
}

/** A pool to check. */
export interface CheckRequest {
  /** The pool's, rendered without job variables and prepared for {@link flowRun}. */
  readonly configuration: BaseJobConfiguration;
  /** A run that does not exist. */
  readonly flowRun: FlowRun;
}

/** Result of a check. */
export interface Finding {
  /** Subject of the check in a few words, such as `cluster`. */
  readonly check: string;
  /**
   * `failed`: no run works until it is fixed. `warning`: some runs fail, or there is a risk. `not-checked`: a permission or another
   * prerequisite of the check is missing.
   */
  readonly status: 'ok' | 'warning' | 'failed' | 'not-checked';
  /** Finding, one sentence. */
  readonly found: string;
  /** What to do: a command, a setting or a policy statement. Empty: nothing. */
  readonly fix: string;
}

/** Request for the permissions of a pool. */
export interface PermissionsRequest extends CheckRequest {
  /** One of {@link PermissionsTool.formats}. */
  readonly format: string;
  /** Of {@link PermissionsTool.roles}. */
  readonly roles: readonly string[];
  /** Account that the pool's tasks run in. Null: derived from the configuration. */
  readonly account: string | null;
}

/** Prints the least-privilege permissions of a pool, and checks whether they are granted. */
export interface PermissionsTool {
  /** Roles that need permissions, such as `worker`. */
  readonly roles: readonly string[];
  /** The first is the default. */
  readonly formats: readonly string[];
  /** `notes`: what the reader must fill in or know, one sentence each. */
  write(
    request: PermissionsRequest,
    context: ToolContext,
  ): Promise<{ readonly text: string; readonly notes: readonly string[] }>;
  /** Compares the granted permissions with the required ones. Read-only. */
  check(request: CheckRequest, context: ToolContext): Promise<readonly Finding[]>;
}

/** Request to deploy to the infrastructure. */
export interface DeploymentRequest {
  /** One of {@link DeploymentTool.kinds}. */
  readonly kind: string;
  /** Name of the deployment, to change and delete it by. Null: the default of the kind. */
  readonly name: string | null;
  /** Parameters of the template by name; absent ones keep their values, or have their defaults. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Settings of the deployed worker that the host knows. Null: not set. */
  readonly worker: { readonly pool: string | null; readonly prefectApiUrl: string | null };
  /** True: nothing is changed. */
  readonly isDryRun: boolean;
}

/** A deployment that `worker-host deploy` created. */
export interface Deployed {
  readonly name: string;
  readonly kind: string;
  /** Status, as named by the infrastructure. */
  readonly status: string;
  /** Outputs, such as the name of a queue. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** Deploys the worker and its resources to the infrastructure. Only `deploy` and `delete` change it. */
export interface DeploymentTool {
  /** Example: `service` and `events`. */
  readonly kinds: readonly string[];
  /** Returns the template of a kind. */
  template(kind: string): Promise<string>;
  /** Resolves when it is done. `changes`: one sentence each; empty: there is nothing to change. */
  deploy(
    request: DeploymentRequest,
    context: ToolContext,
  ): Promise<{ readonly changes: readonly string[]; readonly deployed: Deployed | null }>;
  list(context: ToolContext): Promise<readonly Deployed[]>;
  /** Resolves when it is deleted. */
  delete(name: string, context: ToolContext): Promise<void>;
}

/**
 * Tools of a plugin for commands. Each tool is optional; a command reports if the plugin lacks it. Tools are read-only unless stated
 * otherwise.
 */
export interface PluginTools {
  /**
   * Returns the requests of a launch, for `worker-host render`.
   *
   * @throws the error that a launch with this configuration would be refused with.
   */
  preview?(request: PreviewRequest, context: ToolContext): Promise<LaunchPreview>;
  /** Checks the prerequisites of the runs of a pool on the infrastructure, for `worker-host doctor`. */
  check?(request: CheckRequest, context: ToolContext): Promise<readonly Finding[]>;
  /** Least-privilege permissions of a pool, for `worker-host iam`. */
  readonly permissions?: PermissionsTool;
  /** For `worker-host deploy`. The only tool that changes the infrastructure. */
  readonly deployment?: DeploymentTool;
}
