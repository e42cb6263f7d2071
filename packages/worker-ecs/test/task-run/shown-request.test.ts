import { expect } from 'chai';
import { shownRequest } from '../../src/task-run/shown-request.js';

describe('a request as it is shown', () => {
  it('has neither the API key nor tags that were rewritten, in which secrets would not be recognised', () => {
    const environment = [{ name: 'PREFECT_API_KEY', value: 'pnu_0123456789' }];
    const tags = [
      { key: 'team', value: 'data' },
      { key: 'owner', value: 'p-ssw-rd' },
    ];
    const request = {
      taskDefinition: 'job:1',
      overrides: { containerOverrides: [{ name: 'main', environment }] },
      tags,
    };

    const shown = shownRequest(request, { team: 'data', owner: 'pässwörd' });

    expect(shown).to.deep.equal({
      taskDefinition: 'job:1',
      overrides: {
        containerOverrides: [{ name: 'main', environment: [{ name: 'PREFECT_API_KEY', value: 'pnu_01***' }] }],
      },
      tags: [
        { key: 'team', value: 'data' },
        { key: 'owner', value: '********' },
      ],
    });
  });

  it('is the request itself where there is nothing to hide', () => {
    const request = { taskDefinition: 'job:1', cluster: 'c' };
    expect(shownRequest(request, {})).to.deep.equal(request);
  });
});
