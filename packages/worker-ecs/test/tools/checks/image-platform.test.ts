import type { JsonObject } from '@worker-host/core';
import { expect } from 'chai';
import { checkPlatform } from '../../../src/tools/checks/image-platform.js';
import { alarmsOf, checkContext } from './check-subject.js';
import { refusal, type ScriptedAnswer, scriptedQuery } from './scripted-query.js';

const FARGATE = { launchType: 'FARGATE' };
const ARM = { cpuArchitecture: 'ARM64' };
const index = (...platforms: readonly string[]): ScriptedAnswer => ({
  images: [
    {
      imageManifest: JSON.stringify({
        manifests: platforms.map((platform) => {
          const [os, architecture] = platform.split('/');
          return { platform: { os, architecture } };
        }),
      }),
    },
  ],
});

describe('checkPlatform', () => {
  const check = (BatchGetImage: ScriptedAnswer, request: JsonObject, runtimePlatform: JsonObject = {}) => {
    const query = scriptedQuery({ BatchGetImage });
    const { facts } = checkContext({ script: {}, request, definition: { runtimePlatform } });
    const place = { image: 'job:1', account: '1', repository: 'job', imageId: { imageTag: '1' }, query };
    return checkPlatform(place, facts);
  };
  const alarms = async (...parts: Parameters<typeof check>): Promise<readonly string[]> =>
    alarmsOf(await check(...parts));

  it('accepts an image that is built for the platform of the task, among others', async () => {
    expect(await alarms(index('linux/amd64', 'linux/arm64', 'unknown/unknown'), FARGATE)).to.deep.equal([]);
    expect(await alarms(index('linux/arm64'), FARGATE, ARM)).to.deep.equal([]);
    expect(
      await alarms(index('windows/amd64'), FARGATE, { operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE' }),
    ).to.deep.equal([]);
  });

  it('names an image that is built for another platform alone', async () => {
    expect((await alarms(index('linux/arm64', 'unknown/unknown'), FARGATE)).join()).to.equal(
      'image: job:1 is built for linux/arm64, and the task runs on linux/amd64.',
    );
    expect(await alarms(index('linux/amd64'), FARGATE, ARM)).to.have.length(1);
    expect(
      await alarms(index('linux/amd64'), FARGATE, { operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE' }),
    ).to.have.length(1);
  });

  it('leaves alone what it cannot know: a single image, and the instance of a task on EC2', async () => {
    expect(await alarms({ images: [{ imageManifest: '{"layers":[]}' }] }, FARGATE)).to.deep.equal([]);
    expect(await alarms({ images: [] }, FARGATE)).to.deep.equal([]);
    expect(await alarms(index('linux/arm64'), { launchType: 'EC2' })).to.deep.equal([]);
  });

  it('does not check a manifest that may not be read', async () => {
    const findings = await check(refusal('AccessDeniedException'), FARGATE);

    expect(findings.map(({ check: each, status }) => [each, status])).to.deep.equal([
      ['image platform', 'not-checked'],
    ]);
  });
});
