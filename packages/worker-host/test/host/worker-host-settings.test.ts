import { expect } from 'chai';
import { withDefaults } from '../../src/host/worker-host-settings.js';

const DEFAULTS = {
  workPoolName: 'p',
  workerName: 'a name',
  workQueueNames: [],
  limit: null,
  limitVcpus: null,
  limitMemoryMib: null,
  prefetchSeconds: 0,
  querySeconds: 1,
  heartbeatSeconds: 30,
  recoverySeconds: 5,
  reconcileSeconds: 300,
  stopFinalRuns: true,
  createPoolIfNotFound: true,
  relaunchLimit: 2,
  deathLimit: 3,
  killGraceSeconds: 30,
  drain: 'leave',
  drainDeadlineSeconds: null,
  isRunOnce: false,
} as const;

describe('the settings of a worker host', () => {
  it('have defaults for the embedded pool', () => {
    expect(withDefaults({ workPoolName: 'p' }, 'a name', true)).to.deep.equal(DEFAULTS);
  });

  it('claim ahead and poll less often if the job reports its states', () => {
    expect(withDefaults({ workPoolName: 'p' }, 'a name', false)).to.deep.equal({
      ...DEFAULTS,
      prefetchSeconds: 10,
      querySeconds: 10,
    });
  });

  it('keep the given values', () => {
    const given = {
      workPoolName: 'q',
      workerName: 'own',
      workQueueNames: ['urgent'],
      limit: 3,
      limitVcpus: 4,
      limitMemoryMib: 512,
      prefetchSeconds: 4,
      querySeconds: 5,
      heartbeatSeconds: 6,
      recoverySeconds: 7,
      reconcileSeconds: 8,
      stopFinalRuns: false,
      createPoolIfNotFound: false,
      relaunchLimit: 0,
      deathLimit: 1,
      killGraceSeconds: 9,
      drain: 'await',
      drainDeadlineSeconds: 10,
      isRunOnce: true,
    } as const;

    expect(withDefaults(given, 'a name', true)).to.deep.equal(given);
  });

  it('do not change', () => {
    expect(Object.isFrozen(withDefaults({ workPoolName: 'p' }, 'a name', true))).to.equal(true);
  });
});
