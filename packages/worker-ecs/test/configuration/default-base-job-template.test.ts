import { readFile } from 'node:fs/promises';
import { buildBaseJobTemplate, isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';
import { expect } from 'chai';
import { plugin } from '../../src/plugin.js';

const RECORDED = new URL('../../../test/fixtures/oracle/default-base-job-template.json', import.meta.url);

/** A template with every description emptied, as in the recorded one. */
function withoutDescriptions(value: JsonValue, isProperties = false): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => withoutDescriptions(item));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) =>
      key === 'description' && typeof member === 'string' && !isProperties
        ? [key, '']
        : [key, withoutDescriptions(member, key === 'properties' || key === 'definitions')],
    ),
  );
}

/** Paths of the descriptions in a template. */
function descriptionPaths(value: JsonValue, path = ''): readonly (readonly [string, string])[] {
  if (Array.isArray(value)) return value.flatMap((item: JsonValue, at) => descriptionPaths(item, `${path}[${at}]`));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    key === 'description' && typeof member === 'string'
      ? [[path, member] as const]
      : descriptionPaths(member, `${path}.${key}`),
  );
}

describe('the default base job template', () => {
  let recorded: JsonObject;

  before(async () => {
    recorded = JSON.parse(await readFile(RECORDED, 'utf8'));
  });

  it("equals Prefect's except for the descriptions, and for Managed Instances as a launch type", () => {
    const { variables, ...others } = withoutDescriptions(recorded) as JsonObject;
    const { properties, ...form } = variables as JsonObject;
    const { launch_type: launchType, ...more } = properties as JsonObject;
    const words = (launchType as JsonObject).enum as readonly JsonValue[];
    const expected = {
      ...others,
      variables: {
        ...form,
        properties: { ...more, launch_type: { ...(launchType as JsonObject), enum: [...words, 'MANAGED_INSTANCES'] } },
      },
    };

    expect(withoutDescriptions(buildBaseJobTemplate(plugin))).to.deep.equal(expected);
  });

  it("describes everything that Prefect's template describes, in its own words", () => {
    const ours = new Map(descriptionPaths(buildBaseJobTemplate(plugin)));
    const empty = descriptionPaths(recorded)
      .map(([path]) => path)
      .filter((path) => !ours.get(path)?.trim());

    expect(empty).to.deep.equal([]);
  });
});
