import { readFileSync } from 'node:fs';
import { OLDEST_PREFECT_VERSION, PREFECT_VERSION } from '@worker-host/core';
import { expect } from 'chai';

const page = (name: string): string => readFileSync(new URL(`../../../../../../docs/${name}`, import.meta.url), 'utf8');

describe('the documented versions of Prefect', () => {
  it('are those that the release follows and is tested with', () => {
    expect(page('prefect.md')).to.include(`tested with ${PREFECT_VERSION} and ${OLDEST_PREFECT_VERSION}`);
    expect(page('prefect.md')).to.include(`pip install 'prefect==${PREFECT_VERSION}'`);
    expect(page('differences.md')).to.include(`with \`prefect\` ${PREFECT_VERSION}`);
  });
});
