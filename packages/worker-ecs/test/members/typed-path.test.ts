import { expect } from 'chai';
import { typedPath } from '../../src/members/typed-path.js';

describe('typedPath', () => {
  const template = {
    task_run_request: {
      capacityProviderStrategy: '{{ capacity_provider_strategy }}',
      overrides: { containerOverrides: [{ cpu: '{{ cpu }}', name: 'job-{{ name }}' }] },
    },
  };

  it('uses the job variable that provided a value, or one of its parents', () => {
    expect(typedPath(template, ['task_run_request', 'capacityProviderStrategy', 0, 'weight'])).to.equal(
      'capacity_provider_strategy[0].weight',
    );
    expect(typedPath(template, ['task_run_request', 'overrides', 'containerOverrides', 0, 'cpu'])).to.equal('cpu');
  });

  it('uses the path itself if the template contains the value', () => {
    const steps = ['task_run_request', 'overrides', 'containerOverrides', 0, 'name'];

    expect(typedPath(template, steps)).to.equal('task_run_request.overrides.containerOverrides[0].name');
    expect(typedPath(template, ['task_definition', 'volumes', 0])).to.equal('task_definition.volumes[0]');
    expect(typedPath(null, ['task_definition', 'toString'])).to.equal('task_definition.toString');
  });
});
