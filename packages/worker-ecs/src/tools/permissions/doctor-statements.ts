import { allow, type Statement } from './worker-statements.js';

/**
 * Statements for what `worker-host doctor` reads in addition to the worker's permissions. docs/iam.md contains the same; a test
 * keeps them equal.
 */
export const DOCTOR_STATEMENTS: readonly Statement[] = [
  allow(
    'Doctor',
    [
      'cloudwatch:GetMetricStatistics',
      'ec2:DescribeNatGateways',
      'ec2:DescribeRouteTables',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcEndpoints',
      'ec2:DescribeVpcs',
      'ecr:BatchGetImage',
      'ecr:DescribeImages',
      'ecs:DescribeCapacityProviders',
      'ecs:DescribeClusters',
      'ecs:DescribeContainerInstances',
      'ecs:DescribeTaskDefinition',
      'ecs:ListContainerInstances',
      'events:DescribeRule',
      'events:ListRuleNamesByTarget',
      'events:ListTargetsByRule',
      'iam:GetRole',
      'iam:SimulatePrincipalPolicy',
      'kms:DescribeKey',
      'kms:GetKeyPolicy',
      'logs:DescribeLogGroups',
      'secretsmanager:DescribeSecret',
      'servicequotas:GetAWSDefaultServiceQuota',
      'servicequotas:GetServiceQuota',
      'sqs:GetQueueAttributes',
      'sqs:GetQueueUrl',
      'ssm:DescribeParameters',
    ],
    ['*'],
  ),
];
