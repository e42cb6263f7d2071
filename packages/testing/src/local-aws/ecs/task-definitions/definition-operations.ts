import { globalArnOf } from '../../server/arn.js';
import { clientException, invalidParameter } from '../../server/aws-error.js';
import type { OperationTable } from '../../server/operation.js';
import { pageOf } from '../../server/paging.js';
import type { EcsState } from '../ecs-state.js';
import type { Failure, TaskDefinition } from '../ecs-types.js';
import { checkDefinition } from './check-definition.js';
import { checkPageSize } from './definition-store.js';
import { fillDefaults } from './fill-defaults.js';
import type { RegisterRequest } from './register-request.js';
import { compatibilitiesOf, requiredAttributesOf } from './requirements.js';

const MAX_DELETED = 10;

/** Operations to register, find, deregister and delete task definitions. */
export function definitionOperations(state: EcsState): OperationTable {
  const { definitions } = state;
  return {
    RegisterTaskDefinition: (params, call) => {
      const request = params as unknown as RegisterRequest;
      checkDefinition(request);
      const filled = fillDefaults(request);
      const requires = request.requiresCompatibilities ?? [];
      const stored = definitions.add(request.family ?? '', request.tags ?? [], (taskDefinitionArn, revision) => ({
        ...filled,
        taskDefinitionArn,
        family: request.family ?? '',
        revision,
        status: 'ACTIVE',
        requiresAttributes: requiredAttributesOf(filled),
        compatibilities: compatibilitiesOf(filled, requires),
        registeredAt: state.nowSeconds(),
        registeredBy: globalArnOf('iam', call.region, call.account, 'user/local'),
      }));
      return { taskDefinition: stored.definition, ...(stored.tags.length > 0 && { tags: stored.tags }) };
    },
    DescribeTaskDefinition: (params) => {
      const stored = definitions.find(String(params.taskDefinition ?? ''));
      if (stored === null) throw clientException('Unable to describe task definition.');
      const withTags = ((params.include as readonly string[] | undefined) ?? []).includes('TAGS');
      return { taskDefinition: stored.definition, ...(withTags && { tags: stored.tags }) };
    },
    DeregisterTaskDefinition: (params) => {
      const { definition } = definitions.findRevision(String(params.taskDefinition ?? ''));
      if (definition.status === 'ACTIVE') {
        definition.status = 'INACTIVE';
        definition.deregisteredAt = state.nowSeconds();
      }
      return { taskDefinition: definition };
    },
    DeleteTaskDefinitions: (params) => {
      const references = (params.taskDefinitions as readonly string[] | undefined) ?? [];
      if (references.length < 1 || references.length > MAX_DELETED) {
        throw invalidParameter(`taskDefinitions should contain between 1 and ${MAX_DELETED} items.`);
      }
      const taskDefinitions: TaskDefinition[] = [];
      const failures: Failure[] = [];
      for (const reference of references) {
        const { definition } = definitions.findRevision(reference);
        if (definition.status === 'ACTIVE') {
          failures.push({
            arn: definition.taskDefinitionArn,
            reason:
              'The specified task definition is still in ACTIVE status. Please deregister the target and try again.',
          });
          continue;
        }
        definition.status = 'DELETE_IN_PROGRESS';
        definition.deleteRequestedAt = state.nowSeconds();
        if (!state.isUsed(definition)) definitions.remove(definition);
        taskDefinitions.push(definition);
      }
      return { taskDefinitions, failures };
    },
    ListTaskDefinitions: (params) => {
      const status = (params.status as string | undefined) ?? 'ACTIVE';
      const family = params.familyPrefix as string | undefined;
      const arns = definitions
        .list()
        .filter((one) => one.status === status && (family === undefined || one.family === family))
        .map((one) => one.taskDefinitionArn);
      if (params.sort === 'DESC') arns.reverse();
      const size = checkPageSize(params.maxResults as number | undefined);
      const { page, nextToken } = pageOf(arns, params.nextToken as string | undefined, size);
      return { taskDefinitionArns: page, nextToken };
    },
    ListTaskDefinitionFamilies: (params) => {
      const prefix = (params.familyPrefix as string | undefined) ?? '';
      const status = (params.status as string | undefined) ?? 'ALL';
      const families = [...definitions.families]
        .filter(([family, revisions]) => {
          const isActive = revisions.some(({ definition }) => definition.status === 'ACTIVE');
          return family.startsWith(prefix) && (status === 'ALL' || (status === 'ACTIVE') === isActive);
        })
        .map(([family]) => family)
        .sort();
      const size = checkPageSize(params.maxResults as number | undefined);
      const { page, nextToken } = pageOf(families, params.nextToken as string | undefined, size);
      return { families: page, nextToken };
    },
  };
}
