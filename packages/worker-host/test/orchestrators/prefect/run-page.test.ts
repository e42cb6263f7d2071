import { expect } from 'chai';
import { runPageOf } from '../../../src/orchestrators/prefect/run-page.js';

describe('runPageOf', () => {
  for (const [what, apiUrl, uiUrl, expected] of [
    ['beside the API of a server', 'http://127.0.0.1:4200/api', null, 'http://127.0.0.1:4200/runs/flow-run/a'],
    ['without user and password', 'https://u:p@host/x/api/', null, 'https://host/x/runs/flow-run/a'],
    [
      'where PREFECT_UI_URL says',
      'http://server/api',
      'https://ui.example.com/',
      'https://ui.example.com/runs/flow-run/a',
    ],
    [
      'in the workspace of Prefect Cloud',
      'https://api.prefect.cloud/api/accounts/1/workspaces/2',
      null,
      'https://app.prefect.cloud/account/1/workspace/2/runs/flow-run/a',
    ],
    ['nowhere for what is no address', 'nonsense', 'javascript:alert(1)//', null],
    ['nowhere without a server', null, null, null],
  ] as const)
    it(`is ${what}`, () => {
      const source = { kind: 'default' } as never;
      const settings = {
        apiUrl: apiUrl === null ? null : { value: apiUrl, source },
        text: (name: string) => (name === 'PREFECT_UI_URL' ? uiUrl : null),
      };
      expect(runPageOf(settings, 'a')).to.equal(expected);
    });
});
