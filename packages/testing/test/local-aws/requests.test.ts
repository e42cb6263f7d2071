import { RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { expect } from 'chai';

import { createInProcessAws, type InProcessAwsOptions } from '../../src/local-aws/index.js';
import { closeSubjects, createSubject, refusal } from './support.js';

const CONTAINER = { name: 'main', image: 'any', memory: 128 };

function register(container: object, options: InProcessAwsOptions = {}, definition: object = {}) {
  const aws = createInProcessAws({ simulate: 'sleep=forever', ...options });
  return aws.call('ecs:RegisterTaskDefinition', {
    family: 'job',
    containerDefinitions: [{ ...CONTAINER, ...container }],
    ...definition,
  });
}

describe('local-aws: requests', () => {
  afterEach(closeSubjects);

  it('drops members that are not in the model, at every depth, and nulls', async () => {
    const answer = await register(
      {
        readonlyRootFileSystem: true,
        secrets: null,
        command: ['a', null],
        environment: [{ name: 'A', value: 'b', extra: 1 }],
      },
      {},
      { netwrokMode: 'host' },
    );

    const definition = answer.taskDefinition as { containerDefinitions: object[] };
    expect(definition).not.to.have.property('netwrokMode');
    expect(definition.containerDefinitions[0]).not.to.have.any.keys('readonlyRootFileSystem', 'secrets');
    expect(definition.containerDefinitions[0]).to.have.deep.property('environment', [{ name: 'A', value: 'b' }]);
    expect(definition.containerDefinitions[0]).to.have.deep.property('command', ['a']);
  });

  it('keeps every member of the model, and every key of a map', async () => {
    const container = {
      dockerLabels: { 'any.key': 'x' },
      linuxParameters: { maxSwap: 0, capabilities: { drop: ['ALL'] } },
      ulimits: [{ name: 'nofile', softLimit: 0, hardLimit: 1 }],
    };

    const answer = await register(container);

    const [stored] = (answer.taskDefinition as { containerDefinitions: object[] }).containerDefinitions;
    expect(stored).to.deep.include(container);
  });

  for (const [what, container, definition, text] of [
    ['text for a number', { memory: '128' }, {}, 'STRING_VALUE cannot be converted to Integer'],
    ['a number for text', { image: 5 }, {}, 'NUMBER_VALUE cannot be converted to String'],
    ['a fraction for text', { image: 5.5 }, {}, 'DECIMAL_VALUE cannot be converted to String'],
    ['true for text', { image: true }, {}, 'TRUE_VALUE cannot be converted to String'],
    ['text for true', { essential: 'true' }, {}, 'STRING_VALUE cannot be converted to Boolean'],
    ['text for a list', { command: 'sleep 1' }, {}, 'Expected list or null'],
    ['an object for a list', { environment: { A: 'b' } }, {}, 'Start of structure or map found where not expected.'],
    ['a list for an object', { healthCheck: ['CMD'] }, {}, 'Start of list found where not expected.'],
    ['a list for text', { image: ['a'] }, {}, 'Start of list found where not expected.'],
    ['text for an object', { logConfiguration: 'awslogs' }, {}, 'Expected null'],
    ['a number in a map of texts', { dockerLabels: { a: 1 } }, {}, 'NUMBER_VALUE cannot be converted to String'],
    ['a number for a task size', {}, { cpu: 256 }, 'NUMBER_VALUE cannot be converted to String'],
  ] as const) {
    it(`rejects ${what}, and registers nothing`, async () => {
      await refusal(register(container, {}, definition), 'SerializationException', text);
    });
  }

  it('truncates fractions of integers, and rejects other types with the assumed error class', async () => {
    const answer = await register({ memory: 128.9 });

    expect(answer).to.have.nested.property('taskDefinition.containerDefinitions[0].memory', 128);
    const assumptions = { wrongTypeIsInvalidParameter: true };
    await refusal(
      register({ memory: '128' }, { assumptions }),
      'InvalidParameterException',
      'STRING_VALUE cannot be converted to Integer',
    );
  });

  it('rejects over HTTP what the SDK sends with another type', async () => {
    const { ecs } = await createSubject();
    const container = { ...CONTAINER, memory: '128' as unknown as number };

    await refusal(
      ecs.send(new RegisterTaskDefinitionCommand({ family: 'job', containerDefinitions: [container] })),
      'SerializationException',
    );
  });

  it('rejects by botocore’s rules unknown members, missing ones and other types, with their paths', async () => {
    const requests = 'botocore';
    const { message } = await refusal(
      register(
        { readonlyRootFileSystem: true, memory: 1.5, portMappings: [{ containerPort: '80' }], dockerLabels: { a: 1 } },
        { requests },
        { tags: 'a', volumes: [{ nam: 'x' }], ephemeralStorage: {} },
      ),
      'ParamValidationError',
    );

    const lines = message.split('\n');
    expect(lines[0]).to.equal('Parameter validation failed:');
    expect(lines[2]).to.match(
      /^Unknown parameter in containerDefinitions\[0\]: "readonlyRootFileSystem", must be one of: .*readonlyRootFilesystem/,
    );
    expect(lines[1]).to.equal(
      'Invalid type for parameter containerDefinitions[0].memory, value: 1.5, type: number, valid types: whole number',
    );
    expect(lines.slice(3, 6)).to.deep.equal([
      'Invalid type for parameter containerDefinitions[0].portMappings[0].containerPort, value: "80", type: string, valid types: whole number',
      'Invalid type for parameter containerDefinitions[0].dockerLabels.a, value: 1, type: number, valid types: string',
      'Invalid type for parameter tags, value: "a", type: string, valid types: list',
    ]);
    expect(lines[6]).to.match(/^Unknown parameter in volumes\[0\]: "nam", must be one of: /);
    expect(lines[7]).to.equal('Missing required parameter in ephemeralStorage: "sizeInGiB"');
    expect(lines).to.have.length(8);
    expect(await register({ memory: 128 }, { requests })).to.have.nested.property('taskDefinition.revision', 1);
    const aws = createInProcessAws({ requests });
    await refusal(
      aws.call('ecs:RunTask', {}),
      'ParamValidationError',
      /Missing required parameter in input: "taskDefinition"/,
    );
  });

  it('records calls as they were sent', async () => {
    const aws = createInProcessAws();
    await aws.call('ecs:ListTasks', { clster: 'x' });

    expect(aws.calls()[0]?.params).to.deep.equal({ clster: 'x' });
  });
});
