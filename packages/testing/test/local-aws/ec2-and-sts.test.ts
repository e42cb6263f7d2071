import { DescribeSubnetsCommand, DescribeVpcsCommand, paginateDescribeSubnets } from '@aws-sdk/client-ec2';
import { ECSClient, ListTasksCommand } from '@aws-sdk/client-ecs';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect } from 'chai';

import {
  closeSubjects,
  createSubject,
  launchOne,
  ManualClock,
  refusal,
  registerFargate,
  type Subject,
} from './support.js';

const ROLE = 'arn:aws:iam::210987654321:role/team/worker';

describe('local-aws: EC2', () => {
  afterEach(closeSubjects);

  for (const name of ['is-default', 'isDefault']) {
    it(`finds the default VPC by ${name}, and its subnets in three zones`, async () => {
      const { ec2 } = await createSubject();

      const { Vpcs } = await ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: name, Values: ['true'] }] }));
      const Filters = [{ Name: 'vpc-id', Values: [Vpcs?.[0]?.VpcId ?? ''] }];
      const { Subnets } = await ec2.send(new DescribeSubnetsCommand({ Filters }));

      expect(Vpcs).to.have.length(1);
      expect(Vpcs?.[0]).to.include({ IsDefault: true, State: 'available' });
      expect(Subnets?.map((subnet) => subnet.AvailabilityZone)).to.deep.equal([
        'us-east-1a',
        'us-east-1b',
        'us-east-1c',
      ]);
      expect(Subnets?.[0]).to.include({ MapPublicIpOnLaunch: true, DefaultForAz: true, AvailableIpAddressCount: 4091 });
    });
  }

  it('filters subnets, returns them in pages, and reports what does not exist', async () => {
    const subnets = Array.from({ length: 12 }, (_, index) => ({
      id: `subnet-${index}`,
      zone: index % 2 === 0 ? 'a' : 'b',
      cidr: `10.0.${index}.0/24`,
      tags: { Name: index === 0 ? 'first' : 'other' },
    }));
    const { ec2 } = await createSubject({ vpcs: [{ id: 'vpc-1', cidr: '10.0.0.0/16', subnets }] });
    const find = async (Name: string, ...Values: string[]) => {
      const { Subnets } = await ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name, Values }] }));
      return Subnets?.length;
    };
    const sizes: number[] = [];

    for await (const page of paginateDescribeSubnets({ client: ec2, pageSize: 5 }, {}))
      sizes.push(page.Subnets?.length ?? 0);

    expect(sizes).to.deep.equal([5, 5, 2]);
    expect(await find('availability-zone', 'us-east-1a')).to.equal(6);
    expect(await find('tag:Name', 'fir*')).to.equal(1);
    expect(await find('vpc-id', 'vpc-1', 'vpc-2')).to.equal(12);
    expect(await find('state', 'pending')).to.equal(0);
    await refusal(find('no-such-filter', 'x'), 'InvalidParameterValue');
    await refusal(ec2.send(new DescribeSubnetsCommand({ SubnetIds: ['subnet-x'] })), 'InvalidSubnetID.NotFound');
    await refusal(ec2.send(new DescribeVpcsCommand({ VpcIds: ['vpc-x'] })), 'InvalidVpcID.NotFound');
  });
});

describe('local-aws: STS, accounts and regions', () => {
  afterEach(closeSubjects);

  async function assume({ sts }: Subject) {
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'worker' }));
    return {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
      expiration: Credentials?.Expiration,
    };
  }

  it('reports the caller identity, also of an assumed role of another account', async () => {
    const subject = await createSubject();
    const credentials = await assume(subject);
    const assumed = new STSClient({ ...subject.clientOptions, credentials });

    const own = await subject.sts.send(new GetCallerIdentityCommand({}));
    const other = await assumed.send(new GetCallerIdentityCommand({}));

    expect(own.Account).to.equal('123456789012');
    expect(other).to.include({
      Account: '210987654321',
      Arn: 'arn:aws:sts::210987654321:assumed-role/worker/worker',
    });
    assumed.destroy();
  });

  it('keeps accounts and regions separate', async () => {
    const subject = await createSubject({ simulate: 'sleep=forever' });
    await registerFargate(subject);
    await launchOne(subject);
    const credentials = await assume(subject);
    const clients = [
      new ECSClient({ ...subject.clientOptions, credentials }),
      new ECSClient({ ...subject.clientOptions, region: 'eu-west-1' }),
    ];

    for (const client of clients) {
      expect((await client.send(new ListTasksCommand({}))).taskArns).to.deep.equal([]);
      client.destroy();
    }
    expect((await subject.ecs.send(new ListTasksCommand({}))).taskArns).to.have.length(1);
  });

  it('rejects a session that has expired or does not exist', async () => {
    const clock = new ManualClock();
    const subject = await createSubject({ clock, sessionSeconds: 60 });
    const credentials = { ...(await assume(subject)), expiration: undefined };
    const call = (keys: typeof credentials) => {
      const client = new STSClient({ ...subject.clientOptions, credentials: keys });
      return client.send(new GetCallerIdentityCommand({})).finally(() => client.destroy());
    };

    await call(credentials);
    clock.advance(60_000);

    await refusal(call(credentials), 'ExpiredTokenException');
    await refusal(call({ ...credentials, accessKeyId: 'ASIANEVER' }), 'UnrecognizedClientException');
  });

  it('rejects an invalid role ARN', async () => {
    const { sts } = await createSubject();

    await refusal(
      sts.send(new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::1:role/x', RoleSessionName: 'ab' })),
      'ValidationError',
    );
  });
});
