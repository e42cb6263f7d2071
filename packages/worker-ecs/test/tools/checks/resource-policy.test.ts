import { expect } from 'chai';
import { allowsService } from '../../../src/tools/checks/resource-policy.js';

const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:events';
const RULE = 'arn:aws:events:us-east-1:123456789012:rule/tasks';
const REQUEST = {
  service: 'events.amazonaws.com',
  action: 'sqs:SendMessage',
  resource: QUEUE,
  sourceAccount: '123456789012',
  sourceArns: [RULE],
};
const ALLOW = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage' };

describe('allowsService', () => {
  const allows = (...Statement: readonly object[]): boolean => allowsService(JSON.stringify({ Statement }), REQUEST);

  it('refuses without a policy', () => {
    expect(allowsService('', REQUEST)).to.equal(false);
    expect(allowsService('{}', REQUEST)).to.equal(false);
  });

  for (const [what, statement] of Object.entries({
    'the service': ALLOW,
    'any principal': { ...ALLOW, Principal: '*' },
    'any AWS principal': { ...ALLOW, Principal: { AWS: '*' } },
    'several services': { ...ALLOW, Principal: { Service: ['sns.amazonaws.com', 'events.amazonaws.com'] } },
    'actions by a wildcard, in other letters': { ...ALLOW, Action: ['SQS:*'] },
    'all actions but others': { ...ALLOW, Action: undefined, NotAction: 'sqs:DeleteQueue' },
    'the resource by a wildcard': { ...ALLOW, Resource: 'arn:aws:sqs:*:*:ev?nts' },
    'the account': { ...ALLOW, Condition: { StringEquals: { 'AWS:SourceAccount': '123456789012' } } },
    'the rule by a wildcard': { ...ALLOW, Condition: { ArnLike: { 'aws:SourceArn': [`${RULE.slice(0, -5)}*`] } } },
    'any but another account': { ...ALLOW, Condition: { StringNotEquals: { 'aws:SourceAccount': '999999999999' } } },
    'what depends on something unknown': { ...ALLOW, Condition: { StringEquals: { 'aws:SourceOrgID': 'o-1' } } },
  }))
    it(`accepts a statement for ${what}`, () => expect(allows(statement)).to.equal(true));

  for (const [what, statement] of Object.entries({
    'another service': { ...ALLOW, Principal: { Service: 'sns.amazonaws.com' } },
    'an account': { ...ALLOW, Principal: { AWS: '123456789012' } },
    'another action': { ...ALLOW, Action: 'sqs:ReceiveMessage' },
    'all actions but this': { ...ALLOW, Action: undefined, NotAction: 'sqs:Send*' },
    'another resource': { ...ALLOW, Resource: 'arn:aws:sqs:us-east-1:123456789012:others' },
    'another account as the source': { ...ALLOW, Condition: { StringEquals: { 'aws:SourceAccount': '999999999999' } } },
    'another rule': { ...ALLOW, Condition: { ArnEquals: { 'aws:SourceArn': `${RULE}2` } } },
    'any but this account': { ...ALLOW, Condition: { StringNotEquals: { 'aws:SourceAccount': '123456789012' } } },
  }))
    it(`refuses a statement for ${what}`, () => expect(allows(statement)).to.equal(false));

  it('lets a denial win, but not one whose condition is not met or not known', () => {
    const deny = { Effect: 'Deny', Principal: '*', Action: 'sqs:*' };

    expect(allows(ALLOW, deny)).to.equal(false);
    expect(allows(ALLOW, { ...deny, Condition: { Bool: { 'aws:SecureTransport': 'false' } } })).to.equal(true);
    expect(allows(ALLOW, { ...deny, Condition: { StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } } })).to.equal(true);
    expect(allows(ALLOW, { ...deny, Resource: 'arn:aws:sqs:us-east-1:123456789012:others' })).to.equal(true);
  });
});
