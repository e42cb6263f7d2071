import { expect } from 'chai';
import { errorDetail } from '../../../../src/orchestrators/prefect/rest/error-body.js';

describe('errorDetail', () => {
  for (const [title, body, expected] of [
    ['a domain error', '{"detail":"Flow run not found"}', 'Flow run not found'],
    ['an exception message', '{"exception_message":"Unauthorized"}', 'Unauthorized'],
    [
      'a validation error, without what was sent',
      JSON.stringify({
        exception_message: 'Invalid request received.',
        exception_detail: [{ type: 'missing', loc: ['body', 'name'], msg: 'Field required', input: { key: 'hush' } }],
        request_body: { key: 'hush' },
      }),
      'Invalid request received.; body.name: Field required',
    ],
    ['a list of details', '{"detail":[{"loc":["path","id"],"msg":"bad"}]}', 'path.id: bad'],
    ['a page of a proxy', '<html>\n Bad  Gateway</html>', '<html> Bad Gateway</html>'],
    ['nothing', '', 'no reason was given'],
    ['an empty object', '{}', 'no reason was given'],
  ] as const) {
    it(`reads ${title}`, () => {
      expect(errorDetail(body)).to.equal(expected);
    });
  }
});
