import { isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';
import type { ScriptEntry, WorldInput } from '../case-types.js';
import { AwsFault } from './aws-fault.js';
import { TaskDefinitionStore } from './task-definition-store.js';

const ACCOUNT = '123456789012';
const ASSUMED_KEYS = {
  AccessKeyId: 'ASIAASSUMEDEXAMPLE00',
  SecretAccessKey: 'assumed-secret',
  SessionToken: 'assumed-token',
  Expiration: '2099-01-01T01:00:00Z',
};

/** A call that reached the fake AWS. */
export interface WorldCall {
  readonly operation: string;
  readonly params: JsonObject;
  readonly region: string;
  readonly accessKeyId: string;
  readonly endpoint: string;
}

/** The AWS of a case: its state, and every call. */
export class FakeWorld {
  readonly calls: WorldCall[] = [];
  readonly definitions: TaskDefinitionStore;
  readonly #counts = new Map<string, number>();
  readonly #started = new Map<string, JsonObject>();

  constructor(readonly input: WorldInput) {
    this.definitions = new TaskDefinitionStore(input.taskDefinitions ?? []);
  }

  /** Number of started tasks. */
  get startedTasks(): number {
    return this.#started.size;
  }

  /** Executes a call. @throws AwsFault */
  answer(call: WorldCall): JsonObject {
    this.calls.push(call);
    const scripted = this.#scripted(call.operation);
    if (scripted?.error) throw new AwsFault(scripted.error.code, scripted.error.message);
    if (scripted?.response) {
      if (call.operation === 'RunTask') this.#rememberScripted(scripted.response, call.params);
      return scripted.response;
    }
    return this.#answerOf(call);
  }

  #scripted(operation: string): ScriptEntry | undefined {
    const count = this.#counts.get(operation) ?? 0;
    this.#counts.set(operation, count + 1);
    return this.input.script?.[operation]?.[count];
  }

  #answerOf({ operation, params, region }: WorldCall): JsonObject {
    switch (operation) {
      case 'RegisterTaskDefinition':
        return { taskDefinition: this.definitions.register(params, region) };
      case 'DescribeTaskDefinition':
        return { taskDefinition: this.definitions.find(String(params.taskDefinition)), tags: [] };
      case 'DeregisterTaskDefinition':
        return { taskDefinition: this.definitions.deactivate(String(params.taskDefinition)) };
      case 'RunTask':
        return this.#runTask(params, region);
      case 'StopTask':
        return this.#stopTask(params);
      case 'DescribeTasks':
        return this.#describeTasks(params);
      case 'ListTasks':
        return { taskArns: [] };
      case 'DescribeVpcs':
        return this.#describeVpcs(params);
      case 'DescribeSubnets':
        return this.#describeSubnets(params);
      case 'GetLogEvents':
        return this.#getLogEvents(params);
      case 'AssumeRole':
        return { Credentials: ASSUMED_KEYS };
      default:
        throw new AwsFault('UnknownOperationException', `The fake AWS knows nothing of ${operation}.`);
    }
  }

  #clusterName(cluster: JsonValue | undefined): string {
    const name =
      String(cluster || 'default')
        .split('/')
        .at(-1) ?? 'default';
    if (this.input.clusters && !this.input.clusters.includes(name)) {
      throw new AwsFault('ClusterNotFoundException', 'Cluster not found.');
    }
    return name;
  }

  #runTask(params: JsonObject, region: string): JsonObject {
    const cluster = this.#clusterName(params.cluster);
    const definition = this.definitions.find(String(params.taskDefinition));
    if (definition.status !== 'ACTIVE') throw new AwsFault('ClientException', 'TaskDefinition is inactive');
    const id = String(this.#started.size + 1).padStart(32, '0');
    const prefix = `arn:aws:ecs:${region}:${ACCOUNT}`;
    const taskArn = `${prefix}:task/${cluster}/${id}`;
    const clusterArn = `${prefix}:cluster/${cluster}`;
    this.#remember({ taskArn, clusterArn }, definition, params);
    return { tasks: [{ taskArn, clusterArn }], failures: [] };
  }

  /** Tasks that a script starts exist when they are described. */
  #rememberScripted({ tasks }: JsonObject, params: JsonObject): void {
    const name = String(params.taskDefinition);
    const definition = this.definitions.has(name) ? this.definitions.find(name) : {};
    for (const task of Array.isArray(tasks) ? tasks.filter(isJsonObject) : []) this.#remember(task, definition, params);
  }

  /** Every task has ended successfully when it is described. */
  #remember(task: JsonObject, definition: JsonObject, params: JsonObject): void {
    this.#started.set(String(task.taskArn), {
      taskDefinitionArn: definition.taskDefinitionArn ?? null,
      stopCode: 'EssentialContainerExited',
      containers: containerNames(definition, params).map((name) => ({
        ...(name ? { name } : {}),
        lastStatus: 'STOPPED',
        exitCode: 0,
      })),
      tags: params.tags ?? [],
      ...task,
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
    });
  }

  #stopTask(params: JsonObject): JsonObject {
    this.#clusterName(params.cluster);
    const task = this.#task(String(params.task));
    if (!task) throw new AwsFault('InvalidParameterException', 'The referenced task was not found.');
    const stopping = { ...task, desiredStatus: 'STOPPED' };
    this.#started.set(String(params.task), stopping);
    return { task: stopping };
  }

  #describeTasks({ tasks }: JsonObject): JsonObject {
    const arns = (Array.isArray(tasks) ? tasks : []).map(String);
    const found = arns.map((arn) => this.#task(arn));
    return {
      tasks: found.filter((task) => task !== undefined),
      failures: arns.filter((_, index) => !found[index]).map((arn) => ({ arn, reason: 'MISSING' })),
    };
  }

  #task(arn: string): JsonObject | undefined {
    return this.#started.get(arn) ?? this.input.tasks?.find(({ taskArn }) => taskArn === arn);
  }

  #describeVpcs({ VpcIds: ids, Filters: filters }: JsonObject): JsonObject {
    const vpcs = this.input.vpcs ?? [];
    if (Array.isArray(ids)) {
      const missing = ids.find((id: JsonValue) => !vpcs.some(({ vpcId }) => vpcId === id));
      if (missing) throw new AwsFault('InvalidVpcID.NotFound', `The vpc ID '${String(missing)}' does not exist`);
    }
    const found = vpcs.filter(({ vpcId, isDefault }) =>
      Array.isArray(ids)
        ? ids.includes(vpcId)
        : filterValues(filters, 'isDefault').includes(String(isDefault === true)),
    );
    return { Vpcs: found.map(({ vpcId, isDefault }) => ({ VpcId: vpcId, IsDefault: isDefault === true })) };
  }

  #describeSubnets({ Filters: filters }: JsonObject): JsonObject {
    const wanted = filterValues(filters, 'vpc-id');
    const found = (this.input.vpcs ?? []).filter(({ vpcId }) => wanted.includes(vpcId));
    return {
      Subnets: found.flatMap(({ vpcId, subnets }) => subnets.map((SubnetId) => ({ SubnetId, VpcId: vpcId }))),
    };
  }

  #getLogEvents({ logGroupName, logStreamName, limit }: JsonObject): JsonObject {
    const stream = this.input.logStreams?.find((one) => one.group === logGroupName && one.stream === logStreamName);
    if (!stream) throw new AwsFault('ResourceNotFoundException', 'The specified log stream does not exist.');
    const lines = stream.lines.slice(-Number(limit ?? 10_000));
    return { events: lines.map((message, index) => ({ message, timestamp: 1_767_225_600_000 + index })) };
  }
}

/** Returns the size of the definition, and what else the request overrides. */
function containerNames(definition: JsonObject, { overrides }: JsonObject): readonly JsonValue[] {
  const lists = [definition.containerDefinitions, isJsonObject(overrides) ? overrides.containerOverrides : []];
  const containers = lists.flatMap((list) => (Array.isArray(list) ? list.filter(isJsonObject) : []));
  return [...new Set(containers.map(({ name }) => name ?? ''))];
}

function filterValues(filters: JsonValue | undefined, name: string): readonly JsonValue[] {
  const filter = (Array.isArray(filters) ? filters : []).filter(isJsonObject).find((one) => one.Name === name);
  return Array.isArray(filter?.Values) ? filter.Values : [];
}
