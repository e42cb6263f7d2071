import type { JsonObject } from '@worker-host/core';
import { expect } from 'chai';
import {
  launchLabel,
  ownershipLabels,
  parseLaunch,
  parseRunLabels,
} from '../../../../../src/orchestrators/prefect/orchestration/leases/run-labels.js';

const OWNERSHIP = {
  identity: { name: 'w', type: 'test', workPoolName: 'p' },
  workPoolId: 'pool-1',
  token: 't1',
  attemptId: 'a1',
  silenceMs: 18_400,
  deaths: 0,
};
const LAUNCH = { relaunch: 2, place: { cluster: 'c' }, earlierPid: 'task-1' };
const NOTHING = { worker: null, attemptId: null, lease: null, deaths: 0 };

describe('the labels of a run', () => {
  it('are those of Prefect, and what this kind of worker adds', () => {
    expect(ownershipLabels(OWNERSHIP)).to.deep.equal({
      'prefect.worker.name': 'w',
      'prefect.worker.type': 'test',
      'prefect.work-pool.name': 'p',
      'prefect.work-pool.id': 'pool-1',
      'worker-host.attempt': 'a1',
      'worker-host.lease': 't1',
      'worker-host.heartbeat': '{"worker":"w","silenceSeconds":18}',
    });
    expect(ownershipLabels({ ...OWNERSHIP, workPoolId: null })).not.to.have.property('prefect.work-pool.id');
  });

  it('are read as they were written', () => {
    expect(parseRunLabels(ownershipLabels(OWNERSHIP))).to.deep.equal({
      worker: 'w',
      attemptId: 'a1',
      lease: { token: 't1', silenceMs: 18_000 },
      deaths: 0,
    });
    expect(parseRunLabels(ownershipLabels({ ...OWNERSHIP, deaths: 2 })).deaths).to.equal(2);
    expect(parseRunLabels({ 'worker-host.heartbeat': '{"deaths":-1}' }).deaths).to.equal(0);
    expect(parseRunLabels({ 'worker-host.heartbeat': '{"deaths":"2"}' }).deaths).to.equal(0);
    expect(parseRunLabels(null)).to.deep.equal(NOTHING);
    expect(parseRunLabels({})).to.deep.equal(NOTHING);
  });

  it('contain no lease if a part is missing, or another worker has labelled the run', () => {
    const labels = ownershipLabels(OWNERSHIP);
    const changes: readonly JsonObject[] = [
      { 'worker-host.lease': '' },
      { 'worker-host.lease': 1 },
      { 'worker-host.attempt': '' },
      { 'worker-host.heartbeat': '{}' },
      { 'worker-host.heartbeat': 'no JSON' },
      { 'worker-host.heartbeat': '[1]' },
      { 'worker-host.heartbeat': 7 },
      { 'worker-host.heartbeat': '{"worker":"w","silenceSeconds":"18"}' },
      { 'worker-host.heartbeat': '{"worker":"w","silenceSeconds":0}' },
      { 'worker-host.heartbeat': '{"worker":"another","silenceSeconds":18}' },
      { 'prefect.worker.name': 'another' },
    ];
    for (const change of changes) {
      expect(parseRunLabels({ ...labels, ...change }).lease, JSON.stringify(change)).to.equal(null);
    }
  });
});

describe('the label of a launch', () => {
  it('is read as it was written, for its own attempt', () => {
    const labels = launchLabel('a1', LAUNCH);

    expect(parseLaunch(labels, 'a1')).to.deep.equal(LAUNCH);
    expect(parseLaunch(labels)).to.deep.equal(LAUNCH);
    expect(parseLaunch(labels, 'a2')).to.equal(null);
    expect(parseLaunch(launchLabel('a1', { ...LAUNCH, earlierPid: null }))).to.have.property('earlierPid', null);
  });

  it('is absent if incomplete', () => {
    for (const text of ['', 'no JSON', '[]', '{"place":{}}', '{"relaunch":1}', '{"relaunch":"1","place":{}}']) {
      expect(parseLaunch({ 'worker-host.launch': text }), text).to.equal(null);
    }
    expect(parseLaunch(null)).to.equal(null);
    expect(parseLaunch({ 'worker-host.launch': 1 })).to.equal(null);
    expect(parseLaunch({ 'worker-host.launch': ['{"relaunch":1,"place":{}}'] })).to.equal(null);
  });
});
