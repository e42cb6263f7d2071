import type { Finding } from '@worker-host/core';
import { capacityOf, runsOnFargate } from '../../task-run/capacity.js';
import { objectOf } from '../../task-run/rules/task-run-to-check.js';
import { type AwsQuery, listIn, objectIn, textIn } from '../aws/aws-query.js';
import type { LaunchFacts } from '../launch-facts.js';
import { checking, failed } from './check-context.js';

/** Manifests that name the platform of each image in them. That of a single image names none. */
const INDEXES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];

/** A repository, and which of its images is meant. */
export interface ImagePlace {
  readonly image: string;
  readonly account: string;
  readonly repository: string;
  readonly imageId: { readonly imageTag?: string | null; readonly imageDigest?: string };
  /** In the region of the repository. */
  readonly query: AwsQuery;
}

/** Checks that an image is built for the platform of the task, as far as its manifest states it. */
export async function checkPlatform(place: ImagePlace, facts: LaunchFacts): Promise<readonly Finding[]> {
  const wanted = platformOf(facts);
  if (wanted === null) return [];
  return checking('image platform', async () => {
    const { image, account, repository, imageId, query } = place;
    const answer = await query.call('ecr', 'BatchGetImage', {
      registryId: account,
      repositoryName: repository,
      imageIds: [imageId],
      acceptedMediaTypes: INDEXES,
    });
    const [first] = listIn(answer, 'images');
    const manifest: unknown = JSON.parse(textIn(first, 'imageManifest') || '{}');
    const platforms = listIn(manifest, 'manifests')
      .map(({ platform }) => objectIn(platform))
      // Attestations stand beside the images.
      .filter((platform) => !['', 'unknown'].includes(textIn(platform, 'os')))
      .map((platform) => `${textIn(platform, 'os')}/${textIn(platform, 'architecture')}`);
    if (platforms.length === 0 || platforms.includes(wanted)) return [];
    const found = `${image} is built for ${[...new Set(platforms)].join(', ')}, and the task runs on ${wanted}.`;
    const fix = `Build it with: docker buildx build --platform ${wanted}; or set runtimePlatform in the task definition.`;
    return [failed('image', found, fix)];
  });
}

/** Such as `linux/amd64`. Null: that of whatever instance the task is placed on. */
function platformOf({ request, definition }: LaunchFacts): string | null {
  const { operatingSystemFamily, cpuArchitecture } = objectOf(definition.runtimePlatform);
  if (cpuArchitecture === undefined && !runsOnFargate(capacityOf(request, definition))) return null;
  const system = String(operatingSystemFamily ?? 'LINUX').startsWith('WINDOWS') ? 'windows' : 'linux';
  return `${system}/${cpuArchitecture === 'ARM64' ? 'arm64' : 'amd64'}`;
}
