import { expect } from 'chai';
import { mainContainerOf } from '../../../src/observation/diagnosis/main-container.js';

describe('mainContainerOf', () => {
  const nameOf = (names: readonly (string | undefined)[], wanted: string | null) => {
    const containers = names.map((name, index) => ({ ...(name === undefined ? {} : { name }), exitCode: index }));
    return mainContainerOf({ containers }, wanted)?.exitCode ?? null;
  };

  for (const [title, names, wanted, expected] of [
    ['takes the container that is asked for', ['prefect', 'main'], 'main', 1],
    ['takes the container called prefect when the one asked for is missing', ['a', 'prefect'], 'main', 1],
    ['takes the container called prefect when none is asked for', ['a', 'prefect'], null, 1],
    ['takes the only container whatever its name', ['a'], 'main', 0],
    ['takes the only container without a name', [undefined], null, 0],
    ['finds none among several others', ['a', 'b'], 'main', null],
    ['finds none where there is none', [], 'main', null],
    ['does not count the container of GuardDuty', ['aws-guardduty-agent-x', 'a'], 'main', 1],
    ['does not take a container without a name for the one asked for', [undefined, 'prefect'], 'main', 1],
  ] as const) {
    it(title, () => {
      expect(nameOf(names, wanted)).to.equal(expected);
    });
  }

  it('finds none in a task without containers', () => {
    expect(mainContainerOf({}, 'main')).to.equal(null);
  });
});
