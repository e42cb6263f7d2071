import { expect } from 'chai';
import fc from 'fast-check';
import { EcsIdentifierError, formatIdentifier, parseIdentifier } from '../../src/utilities/ecs-identifier.js';

describe('parseIdentifier', () => {
  it('splits at the first pair of colons', () => {
    expect(parseIdentifier('a::b::c')).to.deep.equal({ cluster: 'a', taskArn: 'b::c' });
  });

  it('parses what formatIdentifier formats', () => {
    const cluster = fc.string().filter((text) => !text.includes(':'));
    fc.assert(
      fc.property(cluster, fc.string(), (name, tail) => {
        const identifier = { cluster: name, taskArn: `arn${tail}` };
        expect(parseIdentifier(formatIdentifier(identifier))).to.deep.equal(identifier);
      }),
    );
  });

  it('rejects a single colon, and shows the text', () => {
    expect(() => parseIdentifier('default:arn')).to.throw(EcsIdentifierError, 'default:arn');
    expect(parseIdentifier('default::arn')).to.deep.equal({ cluster: 'default', taskArn: 'arn' });
  });
});
