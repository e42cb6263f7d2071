import { type LocalAws, startLocalAws } from '@worker-host/testing/local-aws';
import { expect } from 'chai';
import { SdkEc2Api } from '../../../src/aws/adapters/sdk-ec2-api.js';

describe('SdkEc2Api', () => {
  let aws: LocalAws;
  let ec2: SdkEc2Api;

  before(async () => {
    aws = await startLocalAws();
    ec2 = new SdkEc2Api(async () => ({
      endpoint: aws.url,
      region: aws.region,
      credentials: { accessKeyId: 'AKIALOCALAWS', secretAccessKey: 'local-aws-secret-access-key' },
    }));
  });

  after(async () => {
    ec2.close();
    await aws.close();
  });

  it('finds the default network and its subnets', async () => {
    const { Vpcs } = await ec2.describeVpcs({ Filters: [{ Name: 'isDefault', Values: ['true'] }] });
    const vpcId = Vpcs[0]?.VpcId ?? '';
    const { Subnets, NextToken } = await ec2.describeSubnets({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] });

    expect(vpcId).to.match(/^vpc-/);
    expect(Subnets).to.have.lengthOf(3);
    expect(Subnets.every((subnet) => subnet.VpcId === vpcId)).to.equal(true);
    expect(NextToken).to.equal(null);
  });

  it("keeps name and status of AWS's error", async () => {
    const error = await ec2.describeVpcs({ VpcIds: ['vpc-00000000000000000'] }).catch((reason) => reason);

    expect(error).to.be.instanceOf(Error);
    expect(error.name).to.equal('InvalidVpcID.NotFound');
    expect(error.$metadata.httpStatusCode).to.equal(400);
  });

  it('rejects when the signal is aborted, without affecting other calls', async () => {
    const abort = new AbortController();
    const given = ec2.describeVpcs({}, { signal: abort.signal }).catch((reason: Error) => reason.name);
    const other = ec2.describeVpcs({});
    abort.abort();

    expect(await given).to.equal('AbortError');
    expect((await other).Vpcs).to.have.lengthOf(1);
  });
});
