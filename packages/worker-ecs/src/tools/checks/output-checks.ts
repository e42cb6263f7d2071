import type { Finding } from '@worker-host/core';
import { accessDenialOf } from '../../aws/errors/access-denial.js';
import { type AwsQuery, listIn, textIn } from '../aws/aws-query.js';
import { ecrImageOf, imagesOf, logGroupsOf } from '../launch-facts.js';
import { type CheckContext, checking, failed, isNamed, notChecked, ok, regionsWith, warning } from './check-context.js';
import { checkPlatform } from './image-platform.js';

/** Checks that the log groups of containers are there. */
export async function checkLogGroups({ facts, query }: CheckContext): Promise<readonly Finding[]> {
  const groups = logGroupsOf(facts);
  if (groups.length === 0)
    return [ok('log group', 'No container writes to CloudWatch Logs. To see output, set configure_cloudwatch_logs.')];
  const findings = groups.map(({ name, region, isMade }) =>
    checking('log group', async () => {
      const there = query.in(region ?? query.region);
      if (await hasGroup(there, name)) return [ok('log group', `'${name}' is in ${there.region}.`)];
      if (isMade) return [ok('log group', `'${name}' is created by the first task.`)];
      const elsewhere = await regionsWith(there, (other) => hasGroup(other, name));
      return [
        failed(
          'log group',
          `'${name}' does not exist in ${there.region}, so no task starts${elsewhere.length > 0 ? `; there is one in ${elsewhere.join(', ')}` : ''}.`,
          `${elsewhere.length > 0 ? `Set awslogs-region to ${elsewhere[0]}, or run:` : 'Run:'} aws logs create-log-group --log-group-name ${name} --region ${there.region}, or set awslogs-create-group to "true".`,
        ),
      ];
    }),
  );
  return (await Promise.all(findings)).flat();
}

async function hasGroup(query: AwsQuery, name: string): Promise<boolean> {
  const answer = await query.call('logs', 'DescribeLogGroups', { logGroupNamePrefix: name });
  return listIn(answer, 'logGroups').some((group) => textIn(group, 'logGroupName') === name);
}

/** Checks that the images are there, as far as their registry can be asked. */
export async function checkImages({ facts, query, caller }: CheckContext): Promise<readonly Finding[]> {
  const findings = imagesOf(facts).map((image) => {
    const ecr = ecrImageOf(image);
    if (ecr === null)
      return Promise.resolve([notChecked('image', `${image} is in another registry, which is not checked.`)]);
    const { account, region, repository, tag, digest } = ecr;
    const isForeign = caller.account !== '' && account !== caller.account;
    const imageId = digest === null ? { imageTag: tag } : { imageDigest: digest };
    const there = query.in(region);
    return checking('image', async () => {
      try {
        await there.call('ecr', 'DescribeImages', {
          registryId: account,
          repositoryName: repository,
          imageIds: [imageId],
        });
      } catch (error) {
        if (isNamed(error, 'RepositoryNotFoundException', 'ImageNotFoundException'))
          return [failed('image', `${image}: ${(error as Error).message}.`, 'Push the image, or use another one.')];
        if (!isForeign || accessDenialOf(error) === null) throw error;
        return [foreignImage(image, { account, repository, own: caller.account })];
      }
      const unfit = await checkPlatform({ image, account, repository, imageId, query: there }, facts);
      return [
        ...(unfit.some(({ status }) => status === 'failed') ? [] : [ok('image', `${image} is there.`)]),
        ...unfit,
      ];
    });
  });
  return (await Promise.all(findings)).flat();
}

function foreignImage(
  image: string,
  { account, repository, own }: { readonly account: string; readonly repository: string; readonly own: string },
): Finding {
  const statement = {
    Sid: 'PullFromOtherAccount',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${own}:root` },
    Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  };
  return warning(
    'image',
    `${image} is in account ${account}, whose repository '${repository}' denies account ${own} access.`,
    `Its owner must add to the repository policy: ${JSON.stringify(statement)}`,
  );
}
