import type { JsonObject } from '@worker-host/core';
import { expect } from 'chai';
import { maskApiKey, maskSensitiveEnvValues } from '../../src/utilities/mask.js';

function requestWith(...environment: JsonObject[]): JsonObject {
  return { cluster: 'c', overrides: { containerOverrides: [{ name: 'prefect', environment }] } };
}

describe('maskSensitiveEnvValues', () => {
  it('keeps the first characters of the values of named variables, and all others', () => {
    const request = requestWith({ name: 'A', value: 'abcdef' }, { name: 'B', value: 'abcdef' });

    expect(maskSensitiveEnvValues(request, ['A'])).to.deep.equal(
      requestWith({ name: 'A', value: 'abc***' }, { name: 'B', value: 'abcdef' }),
    );
  });

  it('counts characters, not surrogates', () => {
    const request = requestWith({ name: 'A', value: '😀😀😀😀' });

    expect(maskSensitiveEnvValues(request, ['A'], 2, '…')).to.deep.equal(requestWith({ name: 'A', value: '😀😀…' }));
  });

  it('keeps values that are no longer than the kept part, and items without name or value', () => {
    const request = requestWith({ name: 'A', value: 'abc' }, { name: 'A' }, { value: 'abcdef' });

    expect(maskSensitiveEnvValues(request, ['A'])).to.deep.equal(request);
  });

  it('keeps a request without overrides', () => {
    expect(maskSensitiveEnvValues({ cluster: 'c' }, ['A'])).to.deep.equal({ cluster: 'c' });
  });
});

describe('maskApiKey', () => {
  it('masks key and auth string on a copy', () => {
    const request = requestWith(
      { name: 'PREFECT_API_KEY', value: 'pnu_0123456789' },
      { name: 'PREFECT_API_AUTH_STRING', value: 'admin:password' },
    );
    const before = structuredClone(request);

    const masked = maskApiKey(request);

    expect(masked).to.deep.equal(
      requestWith(
        { name: 'PREFECT_API_KEY', value: 'pnu_01***' },
        { name: 'PREFECT_API_AUTH_STRING', value: 'admin:***' },
      ),
    );
    expect(request).to.deep.equal(before);
  });
});
