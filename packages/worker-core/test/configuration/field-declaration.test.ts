import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import {
  BaseJobConfiguration,
  defineFields,
  Field,
  FieldDecoratorError,
  modelToJson,
  parseModel,
} from '../../src/index.js';

const DIRECTORY = fileURLToPath(new URL('../../declarations/', import.meta.url));
const TSC = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');

describe('fields', () => {
  it('can be declared without decorators', () => {
    class Box extends BaseJobConfiguration {
      size: number | null = null;
    }
    defineFields(Box, { size: { wireName: 'box_size', type: 'integer?', title: 'Size' } });

    const { instance, problems } = parseModel(Box, { box_size: '4', command: 'true' });

    expect(problems).to.deep.equal([]);
    expect(modelToJson(instance)).to.deep.include({ box_size: 4, command: 'true' });
    // @ts-expect-error a property of the class
    defineFields(Box, { sice: { wireName: 'x', type: 'integer?', title: 'x' } });
  });

  it('can be declared by standard decorators, also in subclasses', function () {
    this.timeout(60_000);
    mkdirSync(DIRECTORY, { recursive: true });
    writeFileSync(
      join(DIRECTORY, 'a.ts'),
      `import { BaseJobConfiguration, Field, parseModel, modelToJson } from '../src/index.js';
       class Box extends BaseJobConfiguration {
         @Field({ wireName: 'box_size', type: 'integer?', title: 'Size' }) size: number | null = null;
       }
       class Big extends Box {
         @Field({ wireName: 'lid', type: 'boolean', title: 'Lid' }) lid = true;
       }
       class Other extends Box {}
       console.log(JSON.stringify([
         modelToJson(parseModel(Big, { box_size: '4', lid: 'no', command: 'x' }).instance),
         Object.keys(modelToJson(new Other())),
       ]));`,
    );
    writeFileSync(join(DIRECTORY, 'package.json'), '{ "type": "module" }');
    const compilerOptions = { target: 'es2022', module: 'nodenext', strict: true, types: [] };
    writeFileSync(join(DIRECTORY, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['a.ts'] }));
    try {
      const { stdout: compiled } = spawnSync(process.execPath, [TSC], { cwd: DIRECTORY, encoding: 'utf8' });
      const { stdout, stderr } = spawnSync(process.execPath, ['a.js'], { cwd: DIRECTORY, encoding: 'utf8' });

      expect([compiled, stderr]).to.deep.equal(['', '']);
      const [big, other] = JSON.parse(stdout);
      expect(big).to.include({ box_size: 4, lid: false, command: 'x' });
      expect(other).to.include('box_size').and.not.to.include('lid');
    } finally {
      rmSync(DIRECTORY, { recursive: true, force: true });
    }
  });

  it('name the compiler setting if the decorator has no effect', () => {
    const decorate = Field({ wireName: 'box_size', type: 'integer', title: 'Size' });
    const context = { kind: 'field', name: 'size', static: false, metadata: undefined };

    expect(() => decorate(undefined, context as never)).to.throw(FieldDecoratorError, '"experimentalDecorators": true');
    expect(() => decorate(undefined, { ...context, kind: 'method', metadata: {} } as never)).to.throw(
      FieldDecoratorError,
    );
    expect(() => decorate(undefined as never, 'size')).to.throw(FieldDecoratorError, "'box_size'");
  });
});
