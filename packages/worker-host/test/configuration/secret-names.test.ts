import { expect } from 'chai';
import { isSecretName, withoutNamedSecrets } from '../../src/configuration/secret-names.js';

describe('names of secrets', () => {
  it('are recognised by their last word', () => {
    const secret = [
      'password',
      'DB_PASSWORD',
      'aws_secret_access_key',
      'aws_session_token',
      'PREFECT_API_KEY',
      'a.token',
    ];
    const open = ['prefect_api_key_secret_arn', 'tokens', 'key', 'secrets', 'monkey', 'passwords_file', 'TOKENIZER'];

    expect(secret.filter((name) => !isSecretName(name))).to.deep.equal([]);
    expect(open.filter(isSecretName)).to.deep.equal([]);
  });

  it('hide their values, except references', () => {
    const typed = {
      command: 'x',
      env: { DB_PASSWORD: 'hush', TOKEN: '{{ prefect.blocks.secret.t }}', EMPTY_SECRET: '', URL: 'u' },
      list: [{ token: { deep: 'hush' } }],
      environment: [
        { name: 'DB_PASSWORD', value: 'hush' },
        { name: 'URL', value: 'u' },
      ],
      'env.API_KEY': 5,
    };

    expect(withoutNamedSecrets(typed)).to.deep.equal({
      command: 'x',
      env: { DB_PASSWORD: '********', TOKEN: '{{ prefect.blocks.secret.t }}', EMPTY_SECRET: '', URL: 'u' },
      list: [{ token: '********' }],
      environment: [
        { name: 'DB_PASSWORD', value: '********' },
        { name: 'URL', value: 'u' },
      ],
      'env.API_KEY': '********',
    });
  });
});
