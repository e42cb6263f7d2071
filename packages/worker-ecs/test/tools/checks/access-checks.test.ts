import { expect } from 'chai';
import { checkIdentity } from '../../../src/tools/checks/access-checks.js';
import { scriptedQuery } from './scripted-query.js';

const refused = (name: string, message = name): Error => Object.assign(new Error(message), { name });

describe('checkIdentity', () => {
  const fixOf = async (error: Error, profile: string | null): Promise<string | undefined> => {
    const { findings, caller } = await checkIdentity(scriptedQuery({ GetCallerIdentity: error }), profile);
    expect(caller).to.equal(null);
    return findings[0]?.fix;
  };

  it('says how an SSO session is renewed, with the profile', async () => {
    const expired = refused('CredentialsProviderError', 'The SSO session associated with this profile has expired.');

    expect(await fixOf(expired, 'team')).to.equal('Run: aws sso login --profile team');
    expect(await fixOf(expired, null)).to.equal('Run: aws sso login');
  });

  it('shows how a profile without keys is looked into', async () => {
    const none = refused('CredentialsProviderError', 'Could not load credentials from any providers');

    expect(await fixOf(none, 'team')).to.equal(
      'Try: aws configure list --profile team; aws sts get-caller-identity --region us-east-1 --profile team',
    );
    expect(await fixOf(refused('ExpiredToken'), null)).to.equal('Try: aws sts get-caller-identity --region us-east-1');
  });
});
