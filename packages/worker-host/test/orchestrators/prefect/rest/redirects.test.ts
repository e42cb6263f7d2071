import { expect } from 'chai';
import type { HttpAnswer, HttpRequest } from '../../../../src/orchestrators/prefect/rest/http-transport.js';
import { isRedirect, redirected } from '../../../../src/orchestrators/prefect/rest/redirects.js';

const HEADERS = { Authorization: 'Bearer k', Cookie: 'c', 'X-Gate': 's', 'Content-Type': 'application/json' };
const aRequest = (changes: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'POST',
  url: 'http://host/api/x',
  headers: HEADERS,
  body: '{}',
  ...changes,
});
const answer = (location: string | undefined, status = 307): HttpAnswer => ({
  status,
  headers: location === undefined ? {} : { location },
  body: '',
});

describe('redirected', () => {
  // The behaviour of httpx was observed with Prefect 3.9.1 and a server that redirects.
  for (const [status, method, becomes] of [
    [301, 'POST', 'GET'],
    [301, 'PATCH', 'PATCH'],
    [301, 'GET', 'GET'],
    [302, 'POST', 'GET'],
    [302, 'PATCH', 'GET'],
    [303, 'PATCH', 'GET'],
    [307, 'POST', 'POST'],
    [308, 'PATCH', 'PATCH'],
  ] as const) {
    it(`sends a ${method} that is answered ${status} as ${becomes}, with its body only as itself`, () => {
      const next = redirected(aRequest({ method, body: method === 'GET' ? null : '{}' }), answer('/other', status));

      expect(next).to.include({ method: becomes, url: 'http://host/other' });
      expect(next?.body).to.equal(becomes === method && method !== 'GET' ? '{}' : null);
      if (becomes !== method) expect(next?.headers).not.to.have.property('Content-Type');
    });
  }

  for (const [from, location, isKept] of [
    ['http://host/api/x', '/other', true],
    ['http://host:4200/api/x', 'http://host:4200/other', true],
    ['http://host/api/x', 'https://host/api/x', true],
    ['http://host:80/api/x', 'https://host:443/api/x', true],
    ['http://host:4200/api/x', 'https://host/api/x', false],
    ['http://host/api/x', 'https://host:8443/api/x', false],
    ['http://host/api/x', 'https://host.evil/api/x', false],
    ['https://host/api/x', 'http://host/api/x', false],
    ['http://host/api/x', 'http://host:81/api/x', false],
    ['http://host/api/x', '//other/api/x', false],
  ] as const) {
    it(`${isKept ? 'keeps' : 'drops'} authorization and custom headers from ${from} to ${location}`, () => {
      const get = { url: from, method: 'GET', body: null };
      const headers = redirected(aRequest(get), answer(location))?.headers ?? expect.fail('not followed');

      expect('Authorization' in headers).to.equal(isKept);
      expect('X-Gate' in headers).to.equal(isKept);
      expect(headers).to.include({ 'Content-Type': 'application/json' });
      expect(headers).not.to.have.property('Cookie');
    });
  }

  it('sends no body to another host', () => {
    expect(redirected(aRequest(), answer('http://other/x'))).to.equal(null);
    expect(redirected(aRequest(), answer('http://other/x', 303))).to.include({ method: 'GET', body: null });
  });

  it('ignores a user in the redirect URL', () => {
    expect(redirected(aRequest(), answer('http://u:p@host/other'))?.url).to.equal('http://host/other');
  });

  for (const location of ['ftp://host/x', 'http://[', 'javascript:alert(1)', 'file:///etc/passwd']) {
    it(`does not follow ${location}`, () => {
      expect(redirected(aRequest(), answer(location))).to.equal(null);
    });
  }

  it('follows five statuses, with a location', () => {
    const found = [300, 301, 302, 303, 304, 305, 307, 308, 200].filter((status) => isRedirect(answer('/x', status)));
    expect(found).to.deep.equal([301, 302, 303, 307, 308]);
    expect(isRedirect(answer(undefined))).to.equal(false);
  });
});
