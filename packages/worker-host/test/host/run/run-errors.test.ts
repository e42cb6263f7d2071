import { WorkerError } from '@worker-host/core';
import { expect } from 'chai';
import * as errors from '../../../src/host/run/run-errors.js';

const cause = new Error('the reason');

/** Each error of a run: its code, its details, and what else its message contains. */
const CASES: readonly (readonly [
  error: WorkerError,
  code: string,
  details: object | undefined,
  says: readonly string[],
])[] = [
  [new errors.RunCancelledError('r'), 'RUN_CANCELLED', { flowRunId: 'r' }, ['cancelled', 'run=r']],
  [new errors.RunReleasedError('r'), 'RUN_RELEASED', { flowRunId: 'r' }, ['offered again', 'run=r']],
  [new errors.HostStopsWatchingError(), 'HOST_STOPS_WATCHING', undefined, ['the next worker of the pool resumes them']],
  [
    new errors.ControlPlaneReadError('the run', { cause }),
    'CONTROL_PLANE_READ_FAILED',
    { what: 'the run', reason: 'the reason' },
    ['Reading the run failed: the reason'],
  ],
  [
    new errors.ControlPlaneReadError('the run', { cause: 'a text' }),
    'CONTROL_PLANE_READ_FAILED',
    { what: 'the run', reason: 'a text' },
    ['Reading the run failed: a text'],
  ],
  [
    new errors.ReportNotAcceptedError('r', 'Crashed', 3),
    'REPORT_NOT_ACCEPTED',
    { flowRunId: 'r', state: 'Crashed', tries: 3 },
    ['after 3 attempts', 'run=r', 'state=Crashed'],
  ],
  [
    new errors.DeploymentGoneError('d', 'r'),
    'DEPLOYMENT_GONE',
    { deploymentId: 'd', flowRunId: 'r' },
    ['deployment=d', 'run=r'],
  ],
  [
    new errors.WorkPoolNotFoundError('p', 'a server'),
    'WORK_POOL_NOT_FOUND',
    { name: 'p', at: 'a server' },
    ["Work pool 'p'", 'at=a server', 'worker-host pool create'],
  ],
  [
    new errors.WorkPoolTypeMismatchError('p', 'docker', 'ecs'),
    'WORK_POOL_TYPE_MISMATCH',
    { name: 'p', poolType: 'docker', workerType: 'ecs' },
    ['pool=p', 'pool type=docker', 'worker type=ecs', '--type docker'],
  ],
  [
    new errors.WorkerResultInvalidError('fake', 'undefined'),
    'WORKER_RESULT_INVALID',
    { type: 'fake', got: 'undefined' },
    ['type=fake', 'got=undefined', 'bug in the plugin'],
  ],
  [
    new errors.PluginTooSlowError('fake', 'setup', 60),
    'PLUGIN_TOO_SLOW',
    { type: 'fake', what: 'setup', limitSeconds: 60 },
    ['The setup of the plugin', 'within 60 s', 'type=fake'],
  ],
  [
    new errors.PluginFaultError('fake', 'run', { cause }),
    'PLUGIN_FAULT',
    { type: 'fake', method: 'run' },
    ['the promise of run()', 'type=fake', 'the reason'],
  ],
  [
    new errors.PluginFaultError('fake', 'run', { cause: 'a text' }),
    'PLUGIN_FAULT',
    { type: 'fake', method: 'run' },
    ['the promise of run()', 'type=fake', 'a text'],
  ],
  [new errors.PluginErrorUnreadable('fake'), 'PLUGIN_ERROR_UNREADABLE', { type: 'fake' }, ['type=fake']],
  [
    new errors.PluginSetupFailedError('fake', { cause }),
    'PLUGIN_SETUP_FAILED',
    { type: 'fake' },
    ['type=fake', 'the reason', '--debug'],
  ],
  [
    new errors.PluginSetupFailedError('fake', { cause: 'a text' }),
    'PLUGIN_SETUP_FAILED',
    { type: 'fake' },
    ['type=fake', 'a text'],
  ],
  [
    new errors.PluginCallInvalidError('fake', 'context.started()', 'a text'),
    'PLUGIN_CALL_INVALID',
    { type: 'fake', call: 'context.started()', expected: 'a text' },
    ['called context.started() with an invalid value', 'type=fake'],
  ],
];

describe('the errors of a run', () => {
  for (const [error, code, details, says] of CASES) {
    it(`${code} reports what failed and on what, also as details: ${error.message.slice(0, 60)}`, () => {
      expect(error).to.be.an.instanceOf(WorkerError);
      expect(error.code).to.equal(code);
      expect(error.details).to.deep.equal(details ?? {});
      for (const text of says) expect(error.message).to.contain(text);
    });
  }

  it('are all listed here', () => {
    const classes = Object.values(errors).filter((value) => value.prototype instanceof WorkerError);

    expect(new Set(CASES.map(([error]) => error.constructor))).to.deep.equal(new Set(classes));
  });

  it('keep the error that caused them', () => {
    for (const error of CASES.map(([it]) => it).filter((it) => 'cause' in it && it.cause instanceof Error))
      expect(error.cause).to.equal(cause);
    expect(CASES.filter(([it]) => it.cause === cause)).to.have.length(3);
  });
});

describe('errorText', () => {
  it('returns the name and message of an error, and any other value as text', () => {
    expect(errors.errorText(new TypeError('bad'))).to.equal('TypeError: bad');
    expect(errors.errorText('plain')).to.equal('plain');
    expect(errors.errorText(null)).to.equal('null');
  });
});
