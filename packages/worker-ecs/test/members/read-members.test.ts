import { type JsonObject, type JsonValue, parseJson, problemLine } from '@worker-host/core';
import { expect } from 'chai';
import { findMissingMembers, readMembers } from '../../src/members/read-members.js';

const DEFINITION = 'RegisterTaskDefinitionRequest';
const REQUEST = 'RunTaskRequest';

const definition = (container: JsonObject, rest: JsonObject = {}): JsonObject => ({
  containerDefinitions: [container],
  ...rest,
});
const request = (override: JsonObject, rest: JsonObject = {}): JsonObject => ({
  overrides: { containerOverrides: [override] },
  ...rest,
});

function problemsOf(structure: string, value: JsonObject): readonly string[] {
  const emptiesGo = structure === DEFINITION;
  return readMembers(structure, value, { at: [], emptiesGo }).problems.map(problemLine);
}

function readAs(structure: string, value: JsonObject): JsonValue {
  const { value: read, problems } = readMembers(structure, value, { at: [], emptiesGo: structure === DEFINITION });
  expect(problems).to.deep.equal([]);
  return read;
}

describe('readMembers', () => {
  /** Members that AWS does not know: structure, value, path, suggestion. */
  const UNKNOWN: readonly (readonly [string, JsonObject, string, string])[] = [
    ['AwsVpcConfiguration', { subnets: [], security_groups: ['sg'] }, 'security_groups', 'Try securityGroups.'],
    ['AwsVpcConfiguration', { Subnets: ['a'] }, 'Subnets', 'Try subnets.'],
    ['AwsVpcConfiguration', { assignPublicIP: 'ENABLED' }, 'assignPublicIP', 'Try assignPublicIp.'],
    ['NetworkConfiguration', { subnets: ['a'] }, 'subnets', 'Try awsvpcConfiguration.subnets.'],
    [REQUEST, { enableExecuteComand: true }, 'enableExecuteComand', 'Try enableExecuteCommand.'],
    [REQUEST, { platformVersoin: '1.4.0' }, 'platformVersoin', 'Try platformVersion.'],
    [REQUEST, { subnets: ['a'] }, 'subnets', 'Try networkConfiguration.awsvpcConfiguration.subnets.'],
    [REQUEST, request({ enviroment: [] }), 'overrides.containerOverrides[0].enviroment', 'Try environment.'],
    [
      REQUEST,
      { capacityProviderStrategy: [{ capacityprovider: 'x' }] },
      'capacityProviderStrategy[0].capacityprovider',
      'Try capacityProvider.',
    ],
    [DEFINITION, { netwrokMode: 'host' }, 'netwrokMode', 'Try networkMode.'],
    [DEFINITION, { container_definitions: [{ name: 'a' }] }, 'container_definitions', 'Try containerDefinitions.'],
    [DEFINITION, { taskRoleARN: 'arn' }, 'taskRoleARN', 'Try taskRoleArn.'],
    [DEFINITION, { ephemeralStorage: { sizeInGb: 30 } }, 'ephemeralStorage.sizeInGb', 'Try sizeInGiB.'],
    [
      DEFINITION,
      { runtimePlatform: { operatingSystem: 'LINUX' } },
      'runtimePlatform.operatingSystem',
      'Try operatingSystemFamily.',
    ],
    [
      DEFINITION,
      { volumes: [{ name: 'v', efsVolumeConfiguration: { filesystemId: 'fs' } }] },
      'volumes[0].efsVolumeConfiguration.filesystemId',
      'Try fileSystemId.',
    ],
    [
      DEFINITION,
      definition({ readonlyRootFileSystem: true }),
      'containerDefinitions[0].readonlyRootFileSystem',
      'Try readonlyRootFilesystem.',
    ],
    [DEFINITION, definition({ gpu: 1 }), 'containerDefinitions[0].gpu', 'found "gpu".'],
    [DEFINITION, definition({ labels: { a: 'b' } }), 'containerDefinitions[0].labels', 'Try dockerLabels.'],
    [
      DEFINITION,
      definition({ environment: [{ key: 'A', value: '1' }] }),
      'containerDefinitions[0].environment[0].key',
      'Try name.',
    ],
    [REQUEST, { tags: [{ name: 'a', value: 'b' }] }, 'tags[0].name', 'Try key.'],
    [
      DEFINITION,
      { networkConfiguration: { awsvpcConfiguration: { subnets: ['a'] } } },
      'networkConfiguration',
      'Try task_run_request.networkConfiguration.',
    ],
    [DEFINITION, definition({ secret: [{ name: 'a' }] }), 'containerDefinitions[0].secret', 'Try secrets.'],
    [DEFINITION, definition({ ports: [{ containerPort: 1 }] }), 'containerDefinitions[0].ports', 'Try portMappings.'],
    [
      DEFINITION,
      definition({ taskRoleArn: 'arn' }),
      'containerDefinitions[0].taskRoleArn',
      'Try task_definition.taskRoleArn.',
    ],
    [DEFINITION, { environment: [{ name: 'A' }] }, 'environment', 'Try containerDefinitions[0].environment.'],
    [DEFINITION, { launchType: 'FARGATE' }, 'launchType', 'Try task_run_request.launchType.'],
  ];
  for (const [structure, value, path, suggestion] of UNKNOWN) {
    it(`rejects ${path}, which ${structure} does not have`, () => {
      const [line, ...others] = problemsOf(structure, value);

      expect(line).to.match(new RegExp(`^${path.replaceAll(/[.[\]]/g, '\\$&')}: expected a member of `));
      expect(line?.endsWith(suggestion), line).to.equal(true);
      expect(others).to.deep.equal([]);
    });
  }

  it('lists the members of a small structure, and reports an unnecessary wrapper', () => {
    const { problems } = readMembers(
      'AwsVpcConfiguration',
      { awsvpcConfiguration: { subnets: ['a'], securityGroups: [] } },
      { at: ['network_configuration'], emptiesGo: false },
    );

    expect(problems.map(problemLine)).to.deep.equal([
      'network_configuration.awsvpcConfiguration: expected a member of AwsVpcConfiguration (subnets, securityGroups, ' +
        'assignPublicIp), as ECS names them, found "awsvpcConfiguration". Try subnets, securityGroups in ' +
        'network_configuration itself.',
    ]);
  });

  /** Unambiguous input: structure, as written, as read. */
  const PLAIN: readonly (readonly [string, string, string])[] = [
    [DEFINITION, '{"cpu":1024,"memory":2048.0}', '{"cpu":"1024","memory":"2048"}'],
    [
      DEFINITION,
      '{"containerDefinitions":[{"image":5,"user":0,"essential":"true"}]}',
      '{"containerDefinitions":[{"image":"5","user":"0","essential":true}]}',
    ],
    [
      DEFINITION,
      '{"containerDefinitions":[{"portMappings":[{"containerPort":"8080","hostPort":80.0}]}]}',
      '{"containerDefinitions":[{"portMappings":[{"containerPort":8080,"hostPort":80}]}]}',
    ],
    [
      DEFINITION,
      '{"containerDefinitions":[{"cpu":"1 vCPU","memory":"2 GB","memoryReservation":"512"}]}',
      '{"containerDefinitions":[{"cpu":1024,"memory":2048,"memoryReservation":512}]}',
    ],
    [
      DEFINITION,
      '{"containerDefinitions":[{"environment":[{"name":"A","value":8080},{"name":"B","value":true},{"name":"C","value":2.0},{"name":"D","value":0}]}]}',
      '{"containerDefinitions":[{"environment":[{"name":"A","value":"8080"},{"name":"B","value":"True"},{"name":"C","value":"2.0"},{"name":"D","value":"0"}]}]}',
    ],
    [
      DEFINITION,
      '{"containerDefinitions":[{"logConfiguration":{"logDriver":"awslogs","options":{"awslogs-create-group":true,"max-file":3}},"dockerLabels":{"v":1.0}}]}',
      '{"containerDefinitions":[{"logConfiguration":{"logDriver":"awslogs","options":{"awslogs-create-group":"true","max-file":"3"}},"dockerLabels":{"v":"1.0"}}]}',
    ],
    [
      DEFINITION,
      '{"containerDefinitions":[{"command":["sleep",5],"resourceRequirements":[{"type":"GPU","value":1}]}]}',
      '{"containerDefinitions":[{"command":["sleep","5"],"resourceRequirements":[{"type":"GPU","value":"1"}]}]}',
    ],
    [
      DEFINITION,
      '{"trustedExecutionConfiguration":{"isolationMode":"SHARED"}}',
      '{"trustedExecutionConfiguration":{"isolationMode":"SHARED"}}',
    ],
    [
      REQUEST,
      '{"capacityProviderStrategy":[{"capacityProvider":"a","weight":"1","base":0}]}',
      '{"capacityProviderStrategy":[{"capacityProvider":"a","weight":1,"base":0}]}',
    ],
    [
      REQUEST,
      '{"overrides":{"cpu":256,"containerOverrides":[{"cpu":"1 vCPU","memory":"512"}]},"enableExecuteCommand":"false"}',
      '{"overrides":{"cpu":"256","containerOverrides":[{"cpu":1024,"memory":512}]},"enableExecuteCommand":false}',
    ],
    [DEFINITION, '{"cpu":"1024.0","memory":"2 GB"}', '{"cpu":"1024","memory":"2 GB"}'],
    [
      REQUEST,
      '{"cluster":null,"networkConfiguration":{"awsvpcConfiguration":{"subnets":["a"],"securityGroups":null}}}',
      '{"networkConfiguration":{"awsvpcConfiguration":{"subnets":["a"]}}}',
    ],
  ];
  for (const [structure, written, read] of PLAIN) {
    it(`reads ${written}`, () => {
      expect(JSON.stringify(readAs(structure, parseJson(written) as JsonObject))).to.equal(read);
    });
  }

  it('ignores what is dropped from definitions anyway', () => {
    const written = definition(
      {
        cpu: 0,
        image: null,
        command: [],
        portMappings: [{ hostPort: 0 }],
        memory: '',
        logConfiguration: {},
        foo: null,
      },
      { bar: [] },
    );

    expect(readAs(DEFINITION, written)).to.deep.equal(written);
  });

  it('reports problems inside a misspelled member, and reads it as that member', () => {
    const written = { ContainerDefinitions: [{ Name: 'a', PortMappings: [{ ContainerPort: '80/tcp' }] }] };
    const { value, problems } = readMembers(DEFINITION, written, { at: [], emptiesGo: true });

    expect(problems.map(({ path, suggestion }) => [path, suggestion])).to.deep.equal([
      ['ContainerDefinitions', 'containerDefinitions'],
      ['ContainerDefinitions[0].Name', 'name'],
      ['ContainerDefinitions[0].PortMappings', 'portMappings'],
      ['ContainerDefinitions[0].PortMappings[0].ContainerPort', 'containerPort'],
      ['ContainerDefinitions[0].PortMappings[0].ContainerPort', '80'],
    ]);
    expect(value).to.deep.equal({ containerDefinitions: [{ name: 'a', portMappings: [{ containerPort: '80/tcp' }] }] });
  });

  it('distinguishes a member from a similarly spelled one', () => {
    const written = { family: 'f', Family: 'g' };

    expect(readMembers(DEFINITION, written, { at: [], emptiesGo: true }).value).to.deep.equal(written);
  });

  /** Ambiguous input: structure, value, its message. */
  const REFUSED: readonly (readonly [string, JsonObject, string])[] = [
    [
      DEFINITION,
      { requiresCompatibilities: 'FARGATE' },
      'requiresCompatibilities: expected a list of texts, found "FARGATE". Try ["FARGATE"].',
    ],
    [
      DEFINITION,
      definition({ command: 'python "my flow.py"' }),
      'containerDefinitions[0].command: expected a list of texts, found "python \\"my flow.py\\"". Try ["python","my flow.py"].',
    ],
    [
      DEFINITION,
      definition({ healthCheck: { command: 'curl localhost' } }),
      'containerDefinitions[0].healthCheck.command: expected a list of texts, found "curl localhost". Try ["CMD-SHELL","curl localhost"].',
    ],
    [
      DEFINITION,
      definition({ environment: { PASSWORD: 'hunter2', B: 2 } }),
      'containerDefinitions[0].environment: expected a list of objects, found an object (PASSWORD, B). Try [{"name": "PASSWORD", "value": …}, {"name": "B", "value": …}].',
    ],
    [
      DEFINITION,
      definition({ secrets: { KEY: 'arn' } }),
      'containerDefinitions[0].secrets: expected a list of objects, found an object (KEY). Try [{"name": "KEY", "valueFrom": …}].',
    ],
    [
      DEFINITION,
      definition({ portMappings: { containerPort: 80 } }),
      'containerDefinitions[0].portMappings: expected a list of objects, found an object (containerPort). Try a list with the object in it.',
    ],
    [
      DEFINITION,
      definition({ portMappings: [{ containerPort: 'http' }] }),
      'containerDefinitions[0].portMappings[0].containerPort: expected a whole number, found "http".',
    ],
    [
      DEFINITION,
      definition({ memory: 512.5 }),
      'containerDefinitions[0].memory: expected a whole number, found 512.5. Try 513.',
    ],
    [
      DEFINITION,
      definition({ essential: 'yes' }),
      'containerDefinitions[0].essential: expected true or false, found "yes".',
    ],
    [
      DEFINITION,
      definition({ environment: [{ name: 'A', value: { password: 'x' } }] }),
      'containerDefinitions[0].environment[0].value: expected a text, found an object (password).',
    ],
    [
      DEFINITION,
      definition({ dockerLabels: [{ name: 'a', value: 'b' }] }),
      'containerDefinitions[0].dockerLabels: expected an object of texts, found a list of 1. Try {"a": …}.',
    ],
    [
      DEFINITION,
      definition({ logConfiguration: 'awslogs' }),
      'containerDefinitions[0].logConfiguration: expected an object (logDriver, options, secretOptions), found "awslogs". Try {"logDriver":"awslogs"}.',
    ],
    [
      DEFINITION,
      definition({ memory: '2 GiB' }),
      'containerDefinitions[0].memory: expected a whole number, found "2 GiB". Try 2048.',
    ],
    [
      DEFINITION,
      definition({ linuxParameters: { sharedMemorySize: '2g' } }),
      'containerDefinitions[0].linuxParameters.sharedMemorySize: expected a whole number, found "2g". Try 2048.',
    ],
    [
      DEFINITION,
      definition({ stopTimeout: '1m30s' }),
      'containerDefinitions[0].stopTimeout: expected a whole number, found "1m30s". Try 90.',
    ],
    [
      DEFINITION,
      definition({ startTimeout: '5 fortnights' }),
      'containerDefinitions[0].startTimeout: expected a whole number, found "5 fortnights".',
    ],
    [
      DEFINITION,
      definition({ memory: parseJson('9223372036854775807') }),
      'containerDefinitions[0].memory: expected a whole number, found 9223372036854775807.',
    ],
    [
      DEFINITION,
      definition({ environment: ['PASSWORD=hunter2'] }),
      'containerDefinitions[0].environment[0]: expected an object (name, value), found a text. Try {"name": "PASSWORD", "value": …}.',
    ],
    [
      DEFINITION,
      definition({ environment: '[{"name":"PASSWORD","value":"hunter2"}]' }),
      'containerDefinitions[0].environment: expected a list of objects, found a text that holds JSON. Try the JSON itself, not in a text.',
    ],
    [
      DEFINITION,
      { containerDefinitions: '[{"name":"a","environment":[{"name":"PASSWORD","value":"hunter2"}]}]' },
      'containerDefinitions: expected a list of objects, found a text that holds JSON. Try the JSON itself, not in a text.',
    ],
    [
      DEFINITION,
      { ephemeralStorage: 50 },
      'ephemeralStorage: expected an object (sizeInGiB), found 50. Try {"sizeInGiB":50}.',
    ],
    [
      DEFINITION,
      { volumes: ['data:/data'] },
      'volumes[0]: expected an object (name, host, dockerVolumeConfiguration, efsVolumeConfiguration, s3filesVolumeConfiguration, fsxWindowsFileServerVolumeConfiguration, configuredAtLaunch), found "data:/data".',
    ],
    [
      REQUEST,
      { capacityProviderStrategy: ['FARGATE_SPOT'] },
      'capacityProviderStrategy[0]: expected an object (capacityProvider, weight, base), found "FARGATE_SPOT". Try {"capacityProvider":"FARGATE_SPOT"}.',
    ],
    [
      REQUEST,
      { capacityProviderStrategy: 'FARGATE_SPOT' },
      'capacityProviderStrategy: expected a list of objects, found "FARGATE_SPOT". Try [{"capacityProvider":"FARGATE_SPOT"}].',
    ],
    [DEFINITION, definition({ links: [null] }), 'containerDefinitions[0].links[0]: expected a text, found null.'],
    [
      REQUEST,
      { networkConfiguration: { awsvpcConfiguration: { subnets: 'a, b' } } },
      'networkConfiguration.awsvpcConfiguration.subnets: expected a list of texts, found "a, b". Try ["a","b"].',
    ],
    [
      REQUEST,
      { networkConfiguration: { awsvpcConfiguration: { assignPublicIp: true } } },
      'networkConfiguration.awsvpcConfiguration.assignPublicIp: expected one of ENABLED, DISABLED, found true. Try ENABLED.',
    ],
    [REQUEST, request({ cpu: '' }), 'overrides.containerOverrides[0].cpu: expected a whole number, found "".'],
    [REQUEST, request({ cpu: true }), 'overrides.containerOverrides[0].cpu: expected a whole number, found true.'],
    [REQUEST, { capacityProviderStrategy: '' }, 'capacityProviderStrategy: expected a list of objects, found "".'],
    [
      REQUEST,
      { overrides: [{ cpu: '256' }] },
      'overrides: expected an object (containerOverrides, cpu, inferenceAcceleratorOverrides, executionRoleArn, memory, taskRoleArn, ephemeralStorage), found a list of 1. Try the object itself.',
    ],
    [REQUEST, { enableECSManagedTags: 1 }, 'enableECSManagedTags: expected true or false, found 1.'],
  ];
  for (const [structure, value, line] of REFUSED) {
    it(`rejects, with a suggestion if there is one: ${line.split(':')[0]}`, () => {
      expect(problemsOf(structure, value)).to.deep.equal([line]);
    });
  }

  it('suggests only valid values', () => {
    for (const [structure, value] of REFUSED) {
      for (const { path, suggestion } of readMembers(structure, value, { at: [], emptiesGo: true }).problems) {
        if (suggestion === null || !/^[[{"\d]/.test(suggestion) || suggestion.includes('…')) continue;
        const mended = withValueAt(value, path.split(/[.[\]]+/).filter(Boolean), parseJson(suggestion));
        expect(problemsOf(structure, mended as JsonObject), path).to.deep.equal([]);
      }
    }
  });

  it('leaves forms to the caller that it reads itself', () => {
    const written = request({ command: 'echo hi', environment: { A: 1 } });
    const { value, problems } = readMembers(REQUEST, written, {
      at: [],
      emptiesGo: false,
      takes: {
        'ContainerOverride.command': (form) => typeof form === 'string',
        'ContainerOverride.environment': (form) => !Array.isArray(form),
      },
    });

    expect(problems).to.deep.equal([]);
    expect(value).to.deep.equal(written);
  });

  it('treats a key such as __proto__ as an ordinary one', () => {
    const written = JSON.parse('{"containerDefinitions":[{"dockerLabels":{"__proto__":1}}]}');

    expect(JSON.stringify(readAs(DEFINITION, written))).to.equal(
      '{"containerDefinitions":[{"dockerLabels":{"__proto__":"1"}}]}',
    );
    expect(problemsOf(DEFINITION, JSON.parse('{"__proto__":{"a":1},"constructor":"x"}'))).to.have.length(2);
  });
});

describe('findMissingMembers', () => {
  const missingOf = (structure: string, value: JsonObject): readonly string[] =>
    findMissingMembers(structure, value, { at: [] }).map(({ path }) => path);

  it('finds required members at every depth', () => {
    expect(missingOf(DEFINITION, {})).to.have.members(['family', 'containerDefinitions']);
    expect(
      missingOf(DEFINITION, {
        family: 'f',
        containerDefinitions: [
          { name: 'a', secrets: [{ name: 'S' }], ulimits: [{ name: 'core' }], healthCheck: {}, logConfiguration: {} },
          { resourceRequirements: [{ type: 'GPU' }], dependsOn: [{ containerName: 'a' }] },
        ],
      }),
    ).to.have.members([
      'containerDefinitions[0].secrets[0].valueFrom',
      'containerDefinitions[0].ulimits[0].softLimit',
      'containerDefinitions[0].ulimits[0].hardLimit',
      'containerDefinitions[0].healthCheck.command',
      'containerDefinitions[0].logConfiguration.logDriver',
      'containerDefinitions[1].resourceRequirements[0].value',
      'containerDefinitions[1].dependsOn[0].condition',
    ]);
    expect(
      missingOf(REQUEST, {
        taskDefinition: 'd',
        capacityProviderStrategy: [{ weight: 1 }],
        networkConfiguration: { awsvpcConfiguration: {} },
      }),
    ).to.have.members([
      'capacityProviderStrategy[0].capacityProvider',
      'networkConfiguration.awsvpcConfiguration.subnets',
    ]);
  });

  it('requires no number of GPUs if containers share one', () => {
    const shared = { type: 'GPU', sharingStrategy: { nvidiaMps: { memory: 1024 } } };

    expect(missingOf('ContainerDefinition', { resourceRequirements: [shared] })).to.deep.equal([]);
    expect(problemsOf('ContainerDefinition', { resourceRequirements: [shared] })).to.deep.equal([]);
  });
});

function withValueAt(value: JsonValue, steps: readonly string[], member: JsonValue): JsonValue {
  const [step, ...rest] = steps;
  if (step === undefined) return member;
  if (Array.isArray(value))
    return value.map((item, index) => (index === Number(step) ? withValueAt(item, rest, member) : item));
  const object = value as JsonObject;
  return { ...object, [step]: withValueAt(object[step] ?? null, rest, member) };
}
