/** Size of a token bucket. */
export interface BucketLimits {
  /** Maximum burst of calls. */
  readonly burst: number;
  /** Sustained calls per second. */
  readonly perSecond: number;
}

/**
 * AWS's documented buckets, each per account and Region and shared by the operations that name it.
 * Source: ECS API reference, "Request throttling"; CloudWatch Logs quotas. `fargateLaunch` counts tasks, not calls.
 */
export const AWS_BUCKETS = {
  clusterResourceModify: { burst: 100, perSecond: 40 },
  fargateRunTask: { burst: 20, perSecond: 20 },
  fargateLaunch: { burst: 100, perSecond: 20 },
  fargateSpotLaunch: { burst: 100, perSecond: 20 },
  clusterResourceRead: { burst: 100, perSecond: 20 },
  taskDefinitionModify: { burst: 20, perSecond: 1 },
  taskDefinitionRead: { burst: 50, perSecond: 20 },
  taskDefinitionDelete: { burst: 5, perSecond: 1 },
  clusterRead: { burst: 50, perSecond: 20 },
  tagModify: { burst: 20, perSecond: 10 },
  tagRead: { burst: 50, perSecond: 20 },
  logsGetEvents: { burst: 25, perSecond: 25 },
  logsFilterEvents: { burst: 10, perSecond: 10 },
  logsDescribeStreams: { burst: 25, perSecond: 25 },
} as const satisfies Record<string, BucketLimits>;

export type BucketName = keyof typeof AWS_BUCKETS;

/** Returns the bucket of each operation that has one. RunTask handles buckets that depend on what is launched. */
export const OPERATION_BUCKETS: Readonly<Record<string, BucketName>> = {
  'ecs:RunTask': 'clusterResourceModify',
  'ecs:StopTask': 'clusterResourceModify',
  'ecs:DescribeTasks': 'clusterResourceRead',
  'ecs:ListTasks': 'clusterResourceRead',
  'ecs:RegisterTaskDefinition': 'taskDefinitionModify',
  'ecs:DeregisterTaskDefinition': 'taskDefinitionModify',
  'ecs:DescribeTaskDefinition': 'taskDefinitionRead',
  'ecs:ListTaskDefinitions': 'taskDefinitionRead',
  'ecs:ListTaskDefinitionFamilies': 'taskDefinitionRead',
  'ecs:DeleteTaskDefinitions': 'taskDefinitionDelete',
  'ecs:DescribeClusters': 'clusterRead',
  'ecs:ListClusters': 'clusterRead',
  'ecs:TagResource': 'tagModify',
  'ecs:UntagResource': 'tagModify',
  'ecs:ListTagsForResource': 'tagRead',
  'logs:GetLogEvents': 'logsGetEvents',
  'logs:FilterLogEvents': 'logsFilterEvents',
  'logs:DescribeLogStreams': 'logsDescribeStreams',
};
