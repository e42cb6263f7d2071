import type { JsonObject, JsonValue } from '@worker-host/core';

/** An error of AWS in a case. */
export interface ScriptedError {
  readonly code: string;
  readonly message: string;
}

/** Response to the n-th call of an operation. */
export interface ScriptEntry {
  readonly response?: JsonObject;
  readonly error?: ScriptedError;
}

/** State of the fake AWS of a case. */
export interface WorldInput {
  readonly region: string;
  readonly vpcs?: readonly {
    readonly vpcId: string;
    readonly isDefault?: boolean;
    readonly subnets: readonly string[];
  }[];
  readonly taskDefinitions?: readonly JsonObject[];
  readonly tasks?: readonly JsonObject[];
  readonly clusters?: readonly string[];
  readonly logStreams?: readonly {
    readonly group: string;
    readonly stream: string;
    readonly lines: readonly string[];
  }[];
  readonly script?: Readonly<Record<string, readonly ScriptEntry[]>>;
}

/** A block document in the API of a case. */
export interface BlockInput {
  readonly id: string;
  readonly typeSlug: string;
  readonly name: string;
  readonly data: JsonObject;
}

/** State of the control plane of a case. */
export interface ReferencesInput {
  readonly blocks?: readonly BlockInput[];
  readonly variables?: JsonObject;
}

export interface TemplateChange {
  readonly path: readonly (string | number)[];
  readonly value?: JsonValue;
  readonly remove?: boolean;
}

/** Input of kind `run`. */
export interface RunInput extends ReferencesInput {
  readonly stage: 'render' | 'prepare' | 'run';
  readonly entry?: 'initiateRun';
  readonly baseJobTemplate: JsonObject | null;
  readonly templateChanges?: readonly TemplateChange[];
  readonly jobVariables: { readonly deployment: JsonObject; readonly flowRun: JsonObject };
  readonly flowRun: JsonObject;
  readonly deployment: JsonObject | null;
  readonly flow: JsonObject | null;
  readonly workPool: JsonObject;
  readonly worker: { readonly id: string | null; readonly name: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly workerSettings?: Readonly<Record<string, string>>;
  readonly prefectVersion: string;
  readonly defaultImage: string;
  readonly world: WorldInput;
  readonly priorRuns?: readonly (Partial<RunInput> & { readonly deregisterAfter?: readonly string[] })[];
}

/** Input of kind `kill`. */
export interface KillInput {
  readonly identifier: string;
  readonly graceSeconds?: number;
  readonly awsCredentials?: JsonObject | null;
  readonly environment?: Readonly<Record<string, string>>;
  readonly world: WorldInput;
}

/** Input of kind `function`. */
export interface FunctionInput extends ReferencesInput {
  readonly function: string;
  readonly arguments: readonly JsonValue[];
  readonly options?: JsonObject;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Input of kind `observe`. */
export interface ObserveInput {
  readonly prefectVersion: string;
  readonly messages: readonly JsonValue[];
  readonly flowRuns: readonly { readonly id: string; readonly state: { type: string; name: string } | null }[];
  readonly proposals?: 'accept' | 'abort' | 'error';
  readonly eventsUnavailable?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  readonly world: WorldInput;
}

export interface ExpectedError {
  readonly stage: string;
  readonly type: string;
  /** Absent: any message is allowed. */
  readonly about?: readonly string[];
}

/** A recorded call. */
export interface ExpectedCall {
  readonly service: string;
  readonly operation: string;
  readonly params: JsonObject;
  readonly region?: string;
  readonly accessKeyId?: string;
  readonly endpoint?: string;
  readonly answer?: JsonObject;
}

/** Expectations about one run. */
export interface ExpectedRun {
  readonly configuration?: JsonObject | null;
  readonly calls?: readonly ExpectedCall[];
  readonly result?: JsonValue;
  readonly error?: ExpectedError;
}

/** All expectations of a case of any kind. */
export interface Expectation extends ExpectedRun {
  readonly diverges?: string | readonly string[];
  readonly priorRuns?: readonly ExpectedRun[];
  readonly reads?: readonly string[];
  readonly events?: readonly JsonObject[];
  readonly proposedStates?: readonly JsonObject[];
  readonly runLogs?: readonly JsonObject[];
  readonly acknowledged?: readonly boolean[];
}

interface CaseOf<Kind extends string, Input> {
  readonly name: string;
  readonly area: string;
  readonly kind: Kind;
  readonly input: Input;
  readonly expect: Expectation;
}

/** One recorded case. */
export type OracleCase =
  | CaseOf<'run', RunInput>
  | CaseOf<'kill', KillInput>
  | CaseOf<'function', FunctionInput>
  | CaseOf<'observe', ObserveInput>;
