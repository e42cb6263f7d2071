import 'reflect-metadata';
import { expect } from 'chai';
import { Transform, Type } from 'class-transformer';
import {
  IsIn,
  IsString,
  Matches,
  Max,
  Min,
  MinLength,
  Validate,
  ValidateNested,
  ValidatorConstraint,
} from 'class-validator';
import { problemLine } from '../../src/configuration/configuration-problem.js';
import { Field } from '../../src/configuration/field.js';
import { variablesSchema } from '../../src/configuration/json-schema.js';
import { modelToJson, parseModel } from '../../src/configuration/parse-model.js';
import { rememberSecrets } from '../../src/configuration/remember-secrets.js';
import { type JsonObject, parseJson, SecretRegistry } from '../../src/index.js';

@ValidatorConstraint({ name: 'even' })
class IsEven {
  validate(value: unknown): boolean {
    return typeof value === 'number' && value % 2 === 0;
  }

  defaultMessage(): string {
    return 'an even number';
  }
}

class Volume {
  @IsString()
  path!: string;

  @Min(1)
  size!: number;
}

class Mount {
  @Field({ wireName: 'mount_size', type: 'integer', title: 'Size' })
  @Min(1)
  mountSize = 1;

  @Field({ wireName: 'pass_word', type: 'string?', title: 'Password', isSecret: true })
  @MinLength(20)
  password: string | null = 'long enough for the rule';
}

class Box {
  @Field({ wireName: 'box_size', formerNames: ['size', 'old_size'], type: 'integer', title: 'Size' })
  @Min(1)
  @Max(64)
  @Validate(IsEven)
  boxSize = 2;

  @Field({ wireName: 'region', type: 'string', title: 'Region' })
  @IsIn(['us-east-1', 'eu-west-1'])
  region = 'us-east-1';

  @Field({ wireName: 'name', type: 'string', title: 'Name' })
  @Transform(({ value }) => (typeof value === 'string' ? value.trim() : value))
  @Matches(/^[a-z]+$/, { message: 'small letters' })
  name = 'box';

  @Field({ wireName: 'volumes', type: 'list<object>', title: 'Volumes' })
  @ValidateNested({ each: true })
  @Type(() => Volume)
  volumes: Volume[] = [];

  @Field({ wireName: 'main', type: { model: () => Mount, isNullable: true }, title: 'Main' })
  @ValidateNested()
  main: Mount | null = null;

  @Field({ wireName: 'mounts', type: { mapOf: () => Mount }, title: 'Mounts' })
  mounts: Record<string, Mount> = {};

  @Field({ wireName: 'spare', type: { listOf: () => Mount }, title: 'Spare' })
  @ValidateNested({ each: true })
  spare: Mount[] = [];

  @Field({ wireName: 'limits', type: 'map<integer>', title: 'Limits' })
  limits: Record<string, number> = {};

  @Field({ wireName: 'wait', type: 'boolean|integer?', title: 'Wait' })
  wait: boolean | number | null = null;

  @Field({ wireName: 'mode', type: { enum: ['fast', 'slow'], isNullable: true }, title: 'Mode' })
  mode: string | null = null;

  env = {};
}

function linesOf(wire: JsonObject): readonly string[] {
  return parseModel(Box, wire).problems.map(problemLine);
}

describe('decorators of class-validator and class-transformer on fields', () => {
  it('report every problem with path, expectation, value and nearest valid value', () => {
    const wire = {
      box_size: 65,
      region: 'eu-west1',
      name: 'Box 1',
      volumes: [
        { path: '/a', size: 1 },
        { path: 2, size: 0 },
      ],
      limits: { cpu: 'many' },
      wait: 'later',
      mode: 'FAST',
    };

    expect(linesOf(wire)).to.have.members([
      'limits.cpu: expected a whole number, found "many".',
      'wait: expected true, false or a whole number or null, found "later".',
      'mode: expected one of fast, slow, found "FAST". Try fast.',
      'box_size: expected not greater than 64, found 65. Try 64.',
      'box_size: expected an even number, found 65.',
      'region: expected one of the following values: us-east-1, eu-west-1, found "eu-west1". Try eu-west-1.',
      'name: expected small letters, found "Box 1".',
      'volumes[1].path: expected a string, found 2.',
      'volumes[1].size: expected not less than 1, found 0. Try 1.',
    ]);
  });

  it('report nothing more about a value of the wrong type', () => {
    expect(linesOf({ box_size: 'big' })).to.deep.equal(['box_size: expected a whole number, found "big".']);
  });

  it('check nested models once, in models, lists and maps, and hide secrets', () => {
    const wrong = { mount_size: 0, pass_word: 'short' };

    expect(linesOf({ main: wrong, mounts: { a: wrong, b: 3 }, spare: [{}, wrong] })).to.deep.equal([
      'main.mount_size: expected not less than 1, found 0. Try 1.',
      'main.pass_word: expected longer than or equal to 20 characters, found ********.',
      'mounts.a.mount_size: expected not less than 1, found 0. Try 1.',
      'mounts.a.pass_word: expected longer than or equal to 20 characters, found ********.',
      'mounts.b: expected an object, found 3.',
      'spare[1].mount_size: expected not less than 1, found 0. Try 1.',
      'spare[1].pass_word: expected longer than or equal to 20 characters, found ********.',
    ]);
  });

  it('transform the input, and keep exact numbers as written', () => {
    const { instance, problems } = parseModel(Box, { name: '  crate ', volumes: [{ path: '/a', size: 1 }] });
    const big = parseModel(Box, parseJson('{"volumes":[{"path":"/a","size":12345678901234567890}]}') as JsonObject);

    expect(problems).to.deep.equal([]);
    expect(instance.name).to.equal('crate');
    expect(instance.volumes[0]).to.be.instanceOf(Volume);
    expect(String(big.instance.volumes[0]?.size)).to.equal('12345678901234567890');
  });

  it('read a field by a former name if its name is absent', () => {
    expect(parseModel(Box, { old_size: 4 }).instance.boxSize).to.equal(4);
    expect(parseModel(Box, { box_size: 6, size: 4 }).instance.boxSize).to.equal(6);
    expect(linesOf({ size: 'big' })).to.deep.equal(['size: expected a whole number, found "big".']);
  });

  it('serialize models in maps and lists by their wire names, and remember their secrets', () => {
    const wire = {
      mounts: { a: { mount_size: 2, pass_word: 'a secret of the first mount' } },
      spare: [{ mount_size: 3 }],
    };
    const { instance } = parseModel(Box, wire);
    const secrets = new SecretRegistry();

    rememberSecrets(instance, secrets);

    expect(modelToJson(instance)).to.deep.include({
      mounts: { a: { mount_size: 2, pass_word: 'a secret of the first mount' } },
      spare: [{ mount_size: 3, pass_word: 'long enough for the rule' }],
    });
    expect(secrets.redact('it is a secret of the first mount')).not.to.contain('first mount');
  });

  it('have a JSON schema', () => {
    const { properties, definitions } = variablesSchema(Box) as Record<string, Record<string, unknown>>;

    expect(properties).to.deep.include({
      limits: { additionalProperties: { type: 'integer' }, type: 'object', title: 'Limits' },
      wait: { anyOf: [{ type: 'boolean' }, { type: 'integer' }, { type: 'null' }], default: null, title: 'Wait' },
      mode: { anyOf: [{ type: 'string', enum: ['fast', 'slow'] }, { type: 'null' }], default: null, title: 'Mode' },
      mounts: { additionalProperties: { $ref: '#/definitions/Mount' }, type: 'object', title: 'Mounts' },
      volumes: { items: { additionalProperties: true, type: 'object' }, type: 'array', title: 'Volumes' },
    });
    expect(definitions).to.have.all.keys('Mount');
  });
});
