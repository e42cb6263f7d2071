import { execFile } from 'node:child_process';
import { type LocalAws, startLocalAws } from '@worker-host/testing/local-aws';
import { expect } from 'chai';
import { type ClientSettings, decideClientSettings } from '../../src/aws/client-settings.js';
import { errorFromTold, toldError } from '../../src/aws/ec2-process-messages.js';
import { SeparateEc2Api } from '../../src/aws/separate-ec2-api.js';

describe('SeparateEc2Api', () => {
  let aws: LocalAws;
  let ec2: SeparateEc2Api;
  const settings = (): ClientSettings => ({
    ...decideClientSettings(null, {}),
    endpointUrl: aws.url,
    region: aws.region,
    source: { kind: 'keys', accessKeyId: 'AKIALOCALAWS', secretAccessKey: 'local-aws', sessionToken: null },
  });

  before(async () => {
    aws = await startLocalAws();
    ec2 = new SeparateEc2Api(async () => settings());
  });

  after(async () => {
    ec2.close();
    await aws.close();
  });

  it('looks up networks as the client in this process would', async () => {
    const { Vpcs } = await ec2.describeVpcs({ Filters: [{ Name: 'isDefault', Values: ['true'] }] });
    const vpcId = Vpcs[0]?.VpcId ?? '';
    const { Subnets, NextToken } = await ec2.describeSubnets({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] });

    expect(vpcId).to.match(/^vpc-/);
    expect(Subnets).to.have.lengthOf(3);
    expect(Subnets.every((subnet) => subnet.VpcId === vpcId)).to.equal(true);
    expect(NextToken).to.equal(null);
  });

  it('keeps a program alive that has nothing else to do, for every look-up', () => {
    const entry = new URL('../../src/aws/separate-ec2-api.js', import.meta.url).href;
    const program = `
      const { SeparateEc2Api } = await import(${JSON.stringify(entry)});
      const ec2 = new SeparateEc2Api(async () => (${JSON.stringify(settings())}));
      const { Vpcs } = await ec2.describeVpcs({});
      const { Subnets } = await ec2.describeSubnets({});
      console.log(Vpcs.length, Subnets.length);`;

    return new Promise<void>((resolve, reject) => {
      execFile(process.execPath, ['--input-type=module', '-e', program], (error, stdout) => {
        if (error) return reject(error);
        expect(stdout).to.equal('1 3\n');
        resolve();
      });
    });
  });

  it("gives AWS's error its name and status", async () => {
    const error = await ec2.describeVpcs({ VpcIds: ['vpc-00000000000000000'] }).catch((reason) => reason);

    expect(error).to.be.instanceOf(Error);
    expect(error.name).to.equal('InvalidVpcID.NotFound');
    expect(error.$metadata.httpStatusCode).to.equal(400);
  });

  it('rejects at once when the signal is aborted, and goes on to serve others', async () => {
    const abort = new AbortController();
    const given = ec2.describeVpcs({}, { signal: abort.signal }).catch((reason: Error) => reason.name);
    const other = ec2.describeVpcs({});
    abort.abort();

    expect(await given).to.equal('AbortError');
    expect((await other).Vpcs).to.have.lengthOf(1);
  });

  it('begins anew after it was closed, and tells who waited', async () => {
    const waiting = ec2.describeVpcs({}).catch((reason: Error & { code?: string }) => reason.code);
    await new Promise((resolve) => setImmediate(resolve));
    ec2.close();

    expect(await waiting).to.equal('EPIPE');
    expect((await ec2.describeVpcs({})).Vpcs).to.have.lengthOf(1);
  });
});

describe('toldError', () => {
  it('keeps what errors are judged by, and nothing else', () => {
    const error = Object.assign(new Error('Rate exceeded'), {
      name: 'RequestLimitExceeded',
      $metadata: { httpStatusCode: 503, requestId: 'r-1', attempts: 3 },
      $response: { headers: { authorization: 'hidden' } },
    });

    const told = errorFromTold(toldError(error));

    expect(told).to.be.instanceOf(Error);
    expect(told).to.deep.include({
      name: 'RequestLimitExceeded',
      message: 'Rate exceeded',
      $metadata: { httpStatusCode: 503, requestId: 'r-1' },
    });
    expect(told).to.not.have.property('$response');
  });

  it('tells of what is no error too', () => {
    expect(toldError('broken').message).to.equal('broken');
  });
});
