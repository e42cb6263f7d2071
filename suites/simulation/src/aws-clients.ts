import type { AwsCallOptions, AwsClients, AwsClientsProvider, EcsApi } from '@worker-host/ecs';
import type { InProcessAws } from '@worker-host/testing/local-aws';

type Input = Parameters<InProcessAws['call']>[1];

/** How a call of one worker reaches AWS: through its network, its pauses and its faults. */
export type AwsLine = <T>(operation: string, call: () => Promise<T>) => Promise<T>;

const REGION = 'us-east-1';

/** AWS clients over the AWS in this process. Times become RFC 3339, as the adapters over the SDK have them. */
export function simulatedClients(aws: InProcessAws, line: AwsLine): AwsClientsProvider {
  const call = async (
    operation: `${'ecs' | 'ec2' | 'sts' | 'sqs' | 'logs'}:${string}`,
    input: object,
    options?: AwsCallOptions,
  ) => {
    const { signal, beforeSend } = options ?? {};
    return await line(operation, async () => {
      beforeSend?.();
      return (await aws.call(operation, input as Input, { timesAsText: true, ...(signal && { signal }) })) as never;
    });
  };
  const ecs: EcsApi = {
    registerTaskDefinition: async (input, options) =>
      definition(await call('ecs:RegisterTaskDefinition', input, options)),
    describeTaskDefinition: async (input, options) =>
      definition(await call('ecs:DescribeTaskDefinition', input, options)),
    deregisterTaskDefinition: async (input, options) =>
      void (await call('ecs:DeregisterTaskDefinition', input, options)),
    runTask: async (input, options) => {
      const { tasks = [], failures = [] } = (await call('ecs:RunTask', input, options)) as Record<string, never[]>;
      return { tasks, failures };
    },
    describeTasks: async (input, options) => {
      const { tasks = [], failures = [] } = (await call('ecs:DescribeTasks', input, options)) as Record<
        string,
        never[]
      >;
      return { tasks, failures };
    },
    listTasks: async (input, options) => {
      const answer = (await call('ecs:ListTasks', input, options)) as { taskArns?: string[]; nextToken?: string };
      return { taskArns: answer.taskArns ?? [], nextToken: answer.nextToken ?? null };
    },
    stopTask: async (input, options) =>
      ((await call('ecs:StopTask', input, options)) as { task?: object }).task ?? null,
  };
  const unused = async (): Promise<never> => {
    throw new Error('The simulation has no such service');
  };
  const clients: AwsClients = {
    key: REGION,
    region: REGION,
    ecs,
    ec2: {
      describeVpcs: async (input, options) => network('Vpcs', 'vpcSet', await call('ec2:DescribeVpcs', input, options)),
      describeSubnets: async (input, options) =>
        network('Subnets', 'subnetSet', await call('ec2:DescribeSubnets', input, options)),
    } as AwsClients['ec2'],
    logs: { getLogEvents: unused } as unknown as AwsClients['logs'],
    sqs: {
      getQueueUrl: unused,
      receiveMessages: unused,
      deleteMessages: unused,
      changeMessageVisibility: unused,
    } as never,
    sts: {
      getCallerIdentity: async (options) => {
        const answer = (await call('sts:GetCallerIdentity', {}, options)) as { Account?: string; Arn?: string };
        return { account: answer.Account ?? null, arn: answer.Arn ?? null };
      },
    },
  };
  return { clientsFor: async () => clients, close: () => {} };
}

function definition(answer: object): { readonly taskDefinition: never; readonly tags: never } {
  const { taskDefinition, tags = [] } = answer as { taskDefinition: never; tags?: never };
  return { taskDefinition, tags: tags as never };
}

/** EC2's names begin small on the wire and large in its clients. */
function network(name: string, wireName: string, answer: Readonly<Record<string, unknown>>): never {
  const items = (answer[wireName] ?? []) as readonly Readonly<Record<string, unknown>>[];
  const capital = (key: string): string => `${key.charAt(0).toUpperCase()}${key.slice(1)}`;
  const all = items.map((item) =>
    Object.fromEntries(Object.entries(item).map(([key, value]) => [capital(key), value])),
  );
  return { [name]: all, NextToken: null } as never;
}
