import { AwsError, invalidParameter } from '../../server/aws-error.js';
import type { OperationTable } from '../../server/operation.js';
import type { EcsState } from '../ecs-state.js';
import type { Tag } from '../ecs-types.js';
import { checkTags, mergeTags } from './check-tags.js';

/** Operations on tags of clusters, task definitions and tasks, by ARN. */
export function tagOperations(state: EcsState): OperationTable {
  return {
    TagResource: (params) => {
      const resource = findTagged(state, String(params.resourceArn ?? ''));
      const added = (params.tags ?? []) as readonly Tag[];
      checkTags(added);
      const merged = mergeTags(resource.tags, added);
      checkTags(merged.filter((tag) => !tag.key.startsWith('aws:')));
      resource.tags = merged;
      return {};
    },
    UntagResource: (params) => {
      const resource = findTagged(state, String(params.resourceArn ?? ''));
      const keys = (params.tagKeys ?? []) as readonly string[];
      resource.tags = resource.tags.filter((tag) => !keys.includes(tag.key));
      return {};
    },
    ListTagsForResource: (params) => ({ tags: findTagged(state, String(params.resourceArn ?? '')).tags }),
  };
}

function findTagged(state: EcsState, arn: string): { tags: readonly Tag[] } {
  const [kind = '', ...path] = arn.startsWith('arn:') ? state.arns.resourceOf(arn).split('/') : [];
  const name = path.join('/');
  if (kind === 'cluster') return state.clusters.get(arn);
  if (kind === 'task-definition') {
    const found = state.definitions.find(arn);
    if (found !== null) return found;
    throw invalidParameter('The specified task definition was not found. Specify a valid ARN and try again.');
  }
  if (kind === 'task' && name.includes('/')) {
    const cluster = state.clusters.get(path[0]);
    const task = state.findTask(cluster, path[1] ?? '');
    if (task !== null) return task;
    throw new AwsError(
      'ResourceNotFoundException',
      'The specified task was not found. Specify a valid task ARN and try again.',
    );
  }
  throw invalidParameter('Invalid resource ARN. Specify a valid ARN and try again.');
}
