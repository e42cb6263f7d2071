import { expect } from 'chai';
import { typedPath } from '../../src/members/typed-path.js';

describe('typedPath', () => {
  const template = {
    task_run_request: {
      capacityProviderStrategy: '{{ capacity_provider_strategy }}',
      overrides: { containerOverrides: [{ cpu: '{{ cpu }}', name: 'job-{{ name }}' }] },
    },
  };

  it('names the job variable that filled a place, or a part of the way to it', () => {
    expect(typedPath(template, ['task_run_request', 'capacityProviderStrategy', 0, 'weight'])).to.equal(
      'capacity_provider_strategy[0].weight',
    );
    expect(typedPath(template, ['task_run_request', 'overrides', 'containerOverrides', 0, 'cpu'])).to.equal('cpu');
  });

  it('names the place itself where the template wrote it', () => {
    const steps = ['task_run_request', 'overrides', 'containerOverrides', 0, 'name'];

    expect(typedPath(template, steps)).to.equal('task_run_request.overrides.containerOverrides[0].name');
    expect(typedPath(template, ['task_definition', 'volumes', 0])).to.equal('task_definition.volumes[0]');
    expect(typedPath(null, ['task_definition', 'toString'])).to.equal('task_definition.toString');
  });
});
