import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { InputFileInvalidError } from '../../../src/cli/cli-errors.js';
import { problemsOfTemplate, readBaseJobTemplate } from '../../../src/cli/input/base-job-template-file.js';

const GOOD = {
  job_configuration: {
    command: '{{ command }}',
    env: { A: '{{ a.b }}', B: '{{ $HOME }}', C: '{{ prefect.variables.c }}' },
  },
  variables: { type: 'object', properties: { command: { type: 'string' }, a: {} } },
};

describe('base job template files', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'worker-host-template-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const read = (text: string) => {
    writeFileSync(join(directory, 'template.json'), text);
    return readBaseJobTemplate(directory, 'template.json');
  };

  it('are read relative to the working directory', () => {
    expect(read(JSON.stringify(GOOD))).to.deep.equal(GOOD);
  });

  const broken: readonly (readonly [text: string, place: string])[] = [
    ['{"a": 1,}', 'line 1, column 9:'],
    ['{\n  "a": tru\n}', 'line 2, column 11:'],
    ['{"a": {\n', 'line 2, column 1:'],
    ['', 'line 1, column 1: the text ends too early'],
    ['nope', 'line 1, column 2:'],
    ['{"a": "b"}}', 'line 1, column 11:'],
    ['{"a": \'b\'}', 'line 1, column 7:'],
  ];
  for (const [text, place] of broken) {
    it(`report where ${JSON.stringify(text)} is invalid`, () => {
      expect(() => read(text))
        .to.throw(InputFileInvalidError, place)
        .with.property('code', 'INPUT_FILE_INVALID');
    });
  }

  it('are named if missing', () => {
    expect(() => readBaseJobTemplate(directory, 'none.json')).to.throw(
      InputFileInvalidError,
      join(directory, 'none.json'),
    );
  });

  it('report all problems of their shape at once, each with its path', () => {
    const problems = problemsOfTemplate({
      job_configuration: { command: '{{ comand }}', list: [{ deep: 'x {{ other }} y' }] },
      variables: { type: 'array', properties: { command: 3, cpu: { type: 'integr' } }, required: 'command' },
      extra: 1,
    });

    expect(problems).to.deep.equal([
      'extra: expected only job_configuration and variables at the top, found this key',
      'variables.type: expected "object", found "array". Try "object".',
      'variables.properties.command: expected an object, found number 3',
      'variables.required: expected a list of names, found string "command"',
      'variables.properties.cpu.type: expected one of array, boolean, integer, null, number, object, string or a list, found "integr". Try integer.',
      'job_configuration.command: expected a variable of variables.properties, found {{ comand }}. Try {{ command }}.',
      'job_configuration.list[0].deep: expected a variable of variables.properties, found {{ other }}',
    ]);
  });

  for (const [template, problem] of [
    [[], '$: expected an object, found a list'],
    [null, '$: expected an object, found null'],
    [{ variables: {} }, 'job_configuration: expected an object, found nothing'],
    [{ job_configuration: {} }, 'variables: expected an object, found nothing'],
    [{ job_configuration: {}, variables: {} }, 'variables.properties: expected an object, found nothing'],
  ] as const) {
    it(`reject ${JSON.stringify(template)}`, () => {
      expect(problemsOfTemplate(template)).to.include(problem);
    });
  }

  it('pass if placeholders refer to variables, the environment or stored values', () => {
    expect(problemsOfTemplate(GOOD)).to.deep.equal([]);
  });

  it('are searched for placeholders in linear time', () => {
    // Quadratic time would take minutes.
    const text = `{{ ${'a'.repeat(1_000_000)}`;

    expect(problemsOfTemplate({ ...GOOD, job_configuration: { command: text } })).to.deep.equal([]);
  });
});
