import { expect } from 'chai';
import { proxyFor, proxyRules } from '../../../src/aws/connection/proxy-rules.js';

const PROXY = 'http://proxy:3128';
const NONE = { http: null, https: null };

function isDirect(noProxy: string, url: string): boolean {
  const { protocol, hostname, port } = new URL(url);
  const rules = proxyRules(NONE, { HTTP_PROXY: PROXY, HTTPS_PROXY: PROXY, NO_PROXY: noProxy });
  const scheme = protocol === 'https:' ? 'https:' : 'http:';
  return (
    proxyFor(rules, { protocol: scheme, host: hostname, port: Number(port) || (scheme === 'https:' ? 443 : 80) }) ===
    null
  );
}

describe('proxyFor', () => {
  const direct: readonly (readonly [noProxy: string, url: string])[] = [
    ['.amazonaws.com', 'https://ecs.us-east-1.amazonaws.com'],
    ['amazonaws.com', 'https://ecs.us-east-1.amazonaws.com'],
    ['*.amazonaws.com', 'https://ecs.us-east-1.amazonaws.com'],
    ['.us-east-1.amazonaws.com', 'https://logs.us-east-1.amazonaws.com'],
    ['ecs.us-east-1.amazonaws.com', 'https://ecs.us-east-1.amazonaws.com'],
    ['sqs.eu-west-1.amazonaws.com, ecs.eu-west-1.amazonaws.com', 'https://ecs.eu-west-1.amazonaws.com'],
    ['localhost ecs.eu-west-1.amazonaws.com', 'https://ecs.eu-west-1.amazonaws.com'],
    ['.amazonaws.com.cn', 'https://ecs.cn-north-1.amazonaws.com.cn'],
    ['.vpce.amazonaws.com', 'https://vpce-0abc-1def.ecs.us-east-1.vpce.amazonaws.com'],
    ['.api.aws', 'https://ecs.us-east-1.api.aws'],
    ['.AmazonAWS.com', 'https://ecs.us-east-1.amazonaws.com'],
    ['ecs.internal.', 'https://ECS.internal'],
    ['ecs.internal', 'https://ecs.internal.'],
    ['.ecs.internal', 'https://ecs.internal'],
    ['ecs.internal:443', 'https://ecs.internal'],
    ['ecs.internal:8443', 'https://ecs.internal:8443'],
    ['.internal:80', 'http://ecs.internal'],
    ['*', 'https://ecs.us-east-1.amazonaws.com'],
    ['a.example,*', 'http://10.0.0.1'],
    ['10.1.2.3', 'https://10.1.2.3'],
    ['10.1.2.3:443', 'https://10.1.2.3'],
    ['10.0.0.0/8', 'https://10.1.2.3'],
    ['169.254.0.0/16', 'http://169.254.170.2'],
    ['0.0.0.0/0', 'http://10.1.2.3'],
    ['fd00::/8', 'https://[fd12:3456::1]'],
    ['fd12:3456::1', 'https://[fd12:3456:0::1]'],
    ['[fd12:3456::1]', 'https://[fd12:3456::1]'],
    ['[fd12:3456::1]:8443', 'https://[fd12:3456::1]:8443'],
    ['', 'http://localhost:4566'],
    ['', 'http://ecs.localhost:4566'],
    ['', 'https://127.0.0.53'],
    ['', 'https://[::1]:4566'],
  ];
  for (const [noProxy, url] of direct) {
    it(`reaches ${url} directly with NO_PROXY=${noProxy}`, () => expect(isDirect(noProxy, url)).to.equal(true));
  }

  const proxied: readonly (readonly [noProxy: string, url: string])[] = [
    ['', 'https://ecs.us-east-1.amazonaws.com'],
    ['us-east-1.amazonaws.com', 'https://ecs.us-west-2.amazonaws.com'],
    ['.amazonaws.com', 'https://ecs.cn-north-1.amazonaws.com.cn'],
    ['.amazonaws.com', 'https://notamazonaws.com'],
    ['amazonaws.com', 'https://evil-amazonaws.com'],
    ['amazonaws', 'https://ecs.us-east-1.amazonaws.com'],
    ['ecs.internal:8443', 'https://ecs.internal'],
    ['ecs.internal:443', 'http://ecs.internal'],
    ['[fd12:3456::1]:8443', 'https://[fd12:3456::1]'],
    ['10.1.2.3', 'https://10.1.2.30'],
    ['10.0.0.0/8', 'https://11.1.2.3'],
    ['10.0.0.0/8', 'https://10.example'],
    ['10.0.0.0/99, fd00::/200, 10.0.0.0/x', 'https://10.1.2.3'],
    ['fd00::/8', 'https://10.1.2.3'],
    ['.', 'https://ecs.us-east-1.amazonaws.com'],
    [',, ,', 'https://ecs.us-east-1.amazonaws.com'],
    ['', 'https://127.example'],
  ];
  for (const [noProxy, url] of proxied) {
    it(`reaches ${url} through the proxy with NO_PROXY=${noProxy}`, () =>
      expect(isDirect(noProxy, url)).to.equal(false));
  }

  it('uses the proxy of the scheme', () => {
    const rules = proxyRules(NONE, { HTTPS_PROXY: 'http://secure:1', HTTP_PROXY: 'http://plain:2' });

    expect(proxyFor(rules, { protocol: 'https:', host: 'ecs.internal', port: 443 })).to.equal('http://secure:1');
    expect(proxyFor(rules, { protocol: 'http:', host: 'ecs.internal', port: 80 })).to.equal('http://plain:2');
    expect(proxyRules(NONE, { HTTPS_PROXY: 'http://secure:1' }).http).to.equal(null);
  });

  it('sends everything through a proxy configured for the client', () => {
    const rules = proxyRules({ http: 'http://own:1', https: null }, { HTTPS_PROXY: PROXY, NO_PROXY: '*' });

    expect(proxyFor(rules, { protocol: 'http:', host: '127.0.0.1', port: 80 })).to.equal('http://own:1');
    expect(proxyFor(rules, { protocol: 'https:', host: 'ecs.internal', port: 443 })).to.equal(null);
  });
});

describe('proxyRules', () => {
  it('prefers lower-case variables, and treats empty ones as absent', () => {
    const rules = proxyRules(NONE, {
      https_proxy: 'http://lower:1',
      HTTPS_PROXY: 'http://upper:1',
      http_proxy: '',
      HTTP_PROXY: 'http://upper:2',
      no_proxy: '',
      NO_PROXY: 'a.example',
    });

    expect(rules).to.deep.equal({ http: 'http://upper:2', https: 'http://lower:1', except: 'a.example' });
  });

  it('treats a proxy without a scheme as an HTTP proxy', () => {
    expect(proxyRules(NONE, { HTTPS_PROXY: 'proxy:3128' }).https).to.equal('http://proxy:3128');
    expect(proxyRules({ http: null, https: 'proxy:3128' }, {}).https).to.equal('http://proxy:3128');
  });
});
