import { expect } from 'chai';
import { checkSecrets } from '../../../src/tools/checks/secret-checks.js';
import { ACCOUNT, alarmsOf, checkContext } from './check-subject.js';
import { refusal, type ScriptedAnswer } from './scripted-query.js';

const SECRET = `arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:key-AbCdEf`;

describe('checkSecrets', () => {
  const alarms = async (
    valueFrom: string,
    script: Readonly<Record<string, ScriptedAnswer>>,
  ): Promise<readonly string[]> => {
    const definition = { containerDefinitions: [{ name: 'c', secrets: [{ name: 'A', valueFrom }] }] };
    return alarmsOf(await checkSecrets(checkContext({ script, definition })));
  };

  it('finds secrets in their own region, whatever key, stage and version follow', async () => {
    const DescribeSecret: ScriptedAnswer = ({ SecretId }, region) =>
      SecretId === SECRET && region === 'eu-west-1' ? { ARN: SECRET } : refusal('ResourceNotFoundException');

    expect(await alarms(SECRET, { DescribeSecret })).to.deep.equal([]);
    expect(await alarms(`${SECRET}:api::`, { DescribeSecret })).to.deep.equal([]);
    expect(await alarms(SECRET.replace('eu-west-1', 'us-east-1'), { DescribeSecret })).to.have.length(1);
  });

  it('names a secret that is being deleted', async () => {
    expect((await alarms(SECRET, { DescribeSecret: { DeletedDate: 1 } })).join()).to.contain('or is being deleted');
  });

  it('finds parameters by name and by ARN, in a hierarchy or not', async () => {
    const DescribeParameters: ScriptedAnswer = ({ ParameterFilters }) => {
      const [{ Values }] = ParameterFilters as [{ Values: string[] }];
      return { Parameters: ['/team/key', 'plain'].filter((name) => Values.includes(name)).map((Name) => ({ Name })) };
    };
    const arn = `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter`;

    for (const from of ['/team/key', 'plain', `${arn}/team/key`, `${arn}/plain`])
      expect(await alarms(from, { DescribeParameters }), from).to.deep.equal([]);
    expect((await alarms('/team/kye', { DescribeParameters })).join()).to.match(
      /^secret: \/team\/kye does not exist in us-east-1/,
    );
  });

  it('does not check what it may not describe', async () => {
    expect(await alarms(SECRET, { DescribeSecret: refusal('AccessDeniedException') })).to.deep.equal([]);
  });
});
