import { expect } from 'chai';
import { taskResourcesOf } from '../../src/configuration/task-resources.js';

describe('resources of a task', () => {
  const cases: readonly (readonly [what: string, request: object, definition: object, expected: object | null])[] = [
    ['the usual size', {}, {}, { vcpus: 1, memoryMib: 2048 }],
    ['the size of the definition', {}, { cpu: '512', memory: '1 GB' }, { vcpus: 0.5, memoryMib: 1024 }],
    ['the size in vCPUs', {}, { cpu: '.25 vCPU', memory: 512 }, { vcpus: 0.25, memoryMib: 512 }],
    [
      'the overrides before it',
      { overrides: { cpu: '4096', memory: '8192' } },
      { cpu: '512', memory: '1024' },
      { vcpus: 4, memoryMib: 8192 },
    ],
    [
      'the sum of the containers',
      {},
      { containerDefinitions: [{ cpu: 512, memory: 1000 }, { cpu: 256, memory: 24 }, {}] },
      { vcpus: 0.75, memoryMib: 1024 },
    ],
    [
      'what overrides say of a registered definition',
      { taskDefinition: 'a:1', overrides: { cpu: 256, memory: 512 } },
      { cpu: '1024' },
      { vcpus: 0.25, memoryMib: 512 },
    ],
    ['nothing known of a registered definition', { taskDefinition: 'a:1' }, { cpu: '1024' }, null],
    ['the usual size where it cannot be read', {}, { cpu: 'many', memory: null }, { vcpus: 1, memoryMib: 2048 }],
  ];
  for (const [what, request, definition, expected] of cases)
    it(`are ${what}`, () => {
      expect(taskResourcesOf(request as never, definition as never)).to.deep.equal(expected);
    });
});
