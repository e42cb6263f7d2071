import type { DependencyContainer } from 'tsyringe';
import type { BaseJobConfiguration } from '../configuration/base-job-configuration.js';
import type { JsonObject } from '../json/json.js';
import type { FlowRun } from '../orchestration/model.js';

/** What a tool of a plugin is given beside its own request. */
export interface ToolContext {
  /** Holds the host's tokens and what the plugin registers; disposed of after the call. */
  readonly container: DependencyContainer;
}

/** A step of a path: a member's name, or an index from 0. */
export type PathStep = string | number;

/** A launch to be shown. */
export interface PreviewRequest {
  /** Rendered and prepared for the run. */
  readonly configuration: BaseJobConfiguration;
  readonly flowRun: FlowRun;
  /** False: no request leaves the process. True: the infrastructure is read, as a launch would; nothing is changed. */
  readonly readsInfrastructure: boolean;
}

/** Where a part of a request comes from. It stands for everything below `path` that has no longer origin of its own. */
export interface ValueOrigin {
  /** In the body. Empty: the whole body. */
  readonly path: readonly PathStep[];
  /** In the configuration, by wire names: the part of the body mirrors it. Null: the plugin makes the value. */
  readonly from: readonly PathStep[] | null;
  /** Why the plugin makes the value, for people. Empty where `from` says it. */
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
   * The same body and what the infrastructure has in its place, both without what means nothing, so that equal ones are
   * equal. `current` null: the infrastructure has nothing. Absent: not compared, or not read.
   */
  readonly comparison?: { readonly proposed: JsonObject; readonly current: JsonObject | null; readonly name: string };
}

/** What a launch sends, in its order. */
export interface LaunchPreview {
  readonly requests: readonly PreviewedRequest[];
  /** What the requests do not show, one sentence each. */
  readonly notes: readonly string[];
}

/** A pool whose set-up is to be checked. */
export interface CheckRequest {
  /** The pool's, rendered without job variables and prepared for {@link flowRun}. */
  readonly configuration: BaseJobConfiguration;
  /** A run that does not exist. */
  readonly flowRun: FlowRun;
}

/** What a check found. */
export interface Finding {
  /** What was checked, in a few words, such as `cluster`. */
  readonly check: string;
  /**
   * `failed`: no run works before it is mended. `warning`: some runs fail, or something is at risk. `not-checked`: the rights
   * at hand, or something else that is missing, do not allow the check.
   */
  readonly status: 'ok' | 'warning' | 'failed' | 'not-checked';
  /** What was found, one sentence. */
  readonly found: string;
  /** What to do: a command, a setting or a policy statement. Empty: nothing. */
  readonly fix: string;
}

/** What is asked for of a pool's rights. */
export interface PermissionsRequest extends CheckRequest {
  /** One of {@link PermissionsTool.formats}. */
  readonly format: string;
  /** Of {@link PermissionsTool.roles}. */
  readonly roles: readonly string[];
  /** Account that the pool's tasks run in. Null: what the configuration tells. */
  readonly account: string | null;
}

/** Writes down the least rights that a pool takes, and checks whether they are there. */
export interface PermissionsTool {
  /** Who needs rights, such as `worker`. */
  readonly roles: readonly string[];
  /** The first is the default. */
  readonly formats: readonly string[];
  /** `notes`: what a reader must fill in or know, one sentence each. */
  write(
    request: PermissionsRequest,
    context: ToolContext,
  ): Promise<{ readonly text: string; readonly notes: readonly string[] }>;
  /** Compares the rights that are there with those that are needed. Reads only. */
  check(request: CheckRequest, context: ToolContext): Promise<readonly Finding[]>;
}

/** What is to be put onto the infrastructure. */
export interface DeploymentRequest {
  /** One of {@link DeploymentTool.kinds}. */
  readonly kind: string;
  /** Names what is deployed, to change and delete it by. Null: the kind's default. */
  readonly name: string | null;
  /** Parameters of the template by name; those that are absent keep their values, or take their defaults. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What the host knows of the worker that is deployed. Null: set nowhere. */
  readonly worker: { readonly pool: string | null; readonly prefectApiUrl: string | null };
  /** True: nothing is changed. */
  readonly isDryRun: boolean;
}

/** What was deployed by `worker-host deploy`. */
export interface Deployed {
  readonly name: string;
  readonly kind: string;
  /** In the infrastructure's own words. */
  readonly status: string;
  /** What others refer to, such as the name of a queue. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** Puts what a worker needs, and the worker itself, onto the infrastructure. `deploy` and `delete` change it. */
export interface DeploymentTool {
  /** Such as `service` and `events`. */
  readonly kinds: readonly string[];
  /** The template of a kind, as it is deployed. */
  template(kind: string): Promise<string>;
  /** Resolves when it is done. `changes`: one sentence each; empty: there is nothing to change. */
  deploy(
    request: DeploymentRequest,
    context: ToolContext,
  ): Promise<{ readonly changes: readonly string[]; readonly deployed: Deployed | null }>;
  list(context: ToolContext): Promise<readonly Deployed[]>;
  /** Resolves when it is gone. */
  delete(name: string, context: ToolContext): Promise<void>;
}

/**
 * What a plugin does for commands, beside running jobs. Each tool is optional: a command says so where a plugin has none.
 * No tool changes anything unless it says that it does.
 */
export interface PluginTools {
  /**
   * Shows what a launch would send, for `worker-host render`.
   *
   * @throws what a launch with this configuration would be refused with.
   */
  preview?(request: PreviewRequest, context: ToolContext): Promise<LaunchPreview>;
  /** Checks what the runs of a pool need of the infrastructure, for `worker-host doctor`. Reads only. */
  check?(request: CheckRequest, context: ToolContext): Promise<readonly Finding[]>;
  /** The least rights of a pool, for `worker-host iam`. */
  readonly permissions?: PermissionsTool;
  /** For `worker-host deploy`. The one tool that changes something. */
  readonly deployment?: DeploymentTool;
}
