import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const FOLDER = fileURLToPath(new URL('../../../src/aws/sdk/', import.meta.url));
const PARTS = ['credentials.js', 'ec2.js', 'ecs.js', 'http-handler.js', 'logs.js', 'signing.js', 'sqs.js', 'sts.js'];
/** The complete EC2 client has 1.3 MB of schemas alone. */
const MOST_BYTES = 64 * 1024;

describe('the bundled AWS SDK', () => {
  it('imports only Node and its own parts', () => {
    const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));
    const imported = files.flatMap((file) =>
      [...readFileSync(`${FOLDER}${file}`, 'utf8').matchAll(/^(?:import|export) .*?from "([^"]+)"/gm)].map((m) => m[1]),
    );
    const foreign = imported.filter(
      (name = '') => !name.startsWith('.') && !builtinModules.includes(name.replace(/^node:/, '')),
    );

    expect(files).to.include.members(PARTS);
    expect(imported).to.not.be.empty;
    expect(foreign).to.deep.equal([]);
  });

  it('contains no operation that is never called', () => {
    for (const part of PARTS) {
      const text = readFileSync(`${FOLDER}${part}`, 'utf8');
      expect(text.length, part).to.be.below(MOST_BYTES);
    }
    expect(readFileSync(`${FOLDER}ec2.js`, 'utf8'))
      .to.include('DescribeVpcs')
      .and.not.include('RunInstances');
  });
});
