import { expect } from 'chai';
import { proxyFor } from '../../../src/orchestrators/prefect/proxy.js';

describe('proxyFor', () => {
  for (const [url, environment, expected] of [
    ['http://a.test/api', {}, null],
    ['http://a.test/api', { HTTP_PROXY: 'http://p:1' }, 'http://p:1'],
    ['http://a.test/api', { http_proxy: 'p:1' }, 'http://p:1'],
    ['https://a.test/api', { HTTP_PROXY: 'http://p:1' }, null],
    ['wss://a.test/api', { HTTPS_PROXY: 'http://p:1' }, 'http://p:1'],
    ['ws://a.test/api', { ALL_PROXY: 'http://p:1' }, 'http://p:1'],
    ['http://a.test/api', { HTTP_PROXY: 'http://p:1', NO_PROXY: 'a.test' }, null],
    ['http://x.a.test/api', { HTTP_PROXY: 'http://p:1', NO_PROXY: '.a.test, other' }, null],
    ['http://ba.test/api', { HTTP_PROXY: 'http://p:1', NO_PROXY: 'a.test' }, 'http://p:1'],
    ['http://a.test:4200/api', { HTTP_PROXY: 'http://p:1', NO_PROXY: 'a.test:80' }, 'http://p:1'],
    ['http://127.0.0.1:4200/api', { HTTP_PROXY: 'http://p:1', no_proxy: '127.0.0.1' }, null],
    ['http://a.test/api', { HTTP_PROXY: 'http://p:1', NO_PROXY: '*' }, null],
  ] as const) {
    it(`sends ${url} with ${JSON.stringify(environment)} through ${expected ?? 'no proxy'}`, () => {
      expect(proxyFor(url, environment)).to.equal(expected);
    });
  }
});
