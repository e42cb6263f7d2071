import { arnOf } from '../server/arn.js';
import { AwsError } from '../server/aws-error.js';
import type { CallContext, OperationTable, Params } from '../server/operation.js';

/** Repositories of an account in a region: the manifests of the images in each by their tag. */
export class Repositories {
  readonly all = new Map<string, Map<string, string>>();
}

/** ECR: repositories and the images in them. Repositories of other accounts have no policy, so they cannot be read. */
export function ecrOperations(own: Repositories, account: string, region: string): OperationTable {
  const repositoryOf = (params: Params, call: CallContext, action: string): Map<string, string> => {
    const registry = String(params.registryId ?? account);
    const name = String(params.repositoryName ?? '');
    if (registry !== account) {
      const resource = arnOf('ecr', region, registry, `repository/${name}`);
      const caller = `arn:aws:iam::${call.account}:user/local`;
      throw new AwsError(
        'AccessDeniedException',
        `User: ${caller} is not authorized to perform: ecr:${action} on resource: ${resource} because no resource-based policy allows the ecr:${action} action`,
      );
    }
    const found = own.all.get(name);
    if (found !== undefined) return found;
    throw new AwsError(
      'RepositoryNotFoundException',
      `The repository with name '${name}' does not exist in the registry with id '${registry}'`,
    );
  };
  return {
    CreateRepository: (params) => {
      const name = String(params.repositoryName ?? '');
      if (own.all.has(name))
        throw new AwsError(
          'RepositoryAlreadyExistsException',
          `The repository with name '${name}' already exists in the registry with id '${account}'`,
        );
      own.all.set(name, new Map());
      const repositoryArn = arnOf('ecr', region, account, `repository/${name}`);
      return { repository: { repositoryName: name, registryId: account, repositoryArn } };
    },
    PutImage: (params, call) => {
      const tag = String(params.imageTag ?? 'latest');
      repositoryOf(params, call, 'PutImage').set(tag, String(params.imageManifest ?? '{}'));
      return { image: { registryId: account, repositoryName: params.repositoryName, imageId: { imageTag: tag } } };
    },
    BatchGetImage: (params, call) => {
      const manifests = repositoryOf(params, call, 'BatchGetImage');
      const wanted = (params.imageIds ?? []) as readonly { imageTag?: string }[];
      const known = wanted.map((imageId) => ({ imageId, imageManifest: manifests.get(imageId.imageTag ?? '') }));
      const names = { registryId: account, repositoryName: params.repositoryName };
      return {
        images: known
          .filter(({ imageManifest }) => imageManifest !== undefined)
          .map((image) => ({ ...names, ...image })),
        failures: known
          .filter(({ imageManifest }) => imageManifest === undefined)
          .map(({ imageId }) => ({
            imageId,
            failureCode: 'ImageNotFound',
            failureReason: 'Requested image not found',
          })),
      };
    },
    DescribeImages: (params, call) => {
      const tags = repositoryOf(params, call, 'DescribeImages');
      const wanted = (params.imageIds ?? [...tags.keys()].map((imageTag) => ({ imageTag }))) as readonly {
        imageTag?: string;
      }[];
      for (const { imageTag = '' } of wanted)
        if (!tags.has(imageTag))
          throw new AwsError(
            'ImageNotFoundException',
            `The image with imageId {imageDigest:'null', imageTag:'${imageTag}'} does not exist within the repository with name '${String(params.repositoryName)}' in the registry with id '${account}'`,
          );
      return {
        imageDetails: wanted.map(({ imageTag }) => ({
          registryId: account,
          repositoryName: params.repositoryName,
          imageTags: [imageTag],
        })),
      };
    },
  };
}
