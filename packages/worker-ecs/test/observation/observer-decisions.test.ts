import { expect } from 'chai';
import type { EcsTask } from '../../src/aws/ecs-api.js';
import type { ObservedFlowRun } from '../../src/observation/ecs-observer-ports.js';
import { decideOnStoppedTask, proposalForStartingTask } from '../../src/observation/observer-decisions.js';

function aRun(type?: string): ObservedFlowRun {
  return { id: 'run-1', state: type === undefined ? null : { type, name: type } };
}

const NOTHING = { diagnosis: null, proposal: null, copiesLogs: false, logContainerName: null };
const FINAL = ['COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED'];

describe('proposalForStartingTask', () => {
  const STARTING = { lastStatus: 'PROVISIONING' };

  for (const [lastStatus, word] of [
    ['PENDING', 'pending'],
    ['PROVISIONING', 'provisioning'],
  ] as const) {
    it(`proposes InfrastructurePending for a task that is ${lastStatus}`, () => {
      expect(proposalForStartingTask({ lastStatus }, aRun('PENDING'))).to.deep.equal({
        flowRunId: 'run-1',
        type: 'PENDING',
        name: 'InfrastructurePending',
        message: `The ECS task is ${word}.`,
      });
    });
  }

  it('proposes it for a run without a state', () => {
    expect(proposalForStartingTask(STARTING, aRun())?.name).to.equal('InfrastructurePending');
  });

  it('proposes nothing for other statuses', () => {
    expect(proposalForStartingTask({ lastStatus: 'RUNNING' }, aRun('PENDING'))).to.equal(null);
    expect(proposalForStartingTask({}, aRun('PENDING'))).to.equal(null);
  });

  it('proposes nothing for an unknown run', () => {
    expect(proposalForStartingTask(STARTING, null)).to.equal(null);
  });

  for (const type of ['RUNNING', 'PAUSED', ...FINAL]) {
    it(`proposes nothing for a run that is ${type}`, () => {
      expect(proposalForStartingTask(STARTING, aRun(type))).to.equal(null);
    });
  }
});

describe('decideOnStoppedTask', () => {
  const decide = (task: EcsTask, type = 'PENDING') =>
    decideOnStoppedTask({ lastStatus: 'STOPPED', stopCode: 'EssentialContainerExited', ...task }, aRun(type));
  const MAIN_FAILED = { containers: [{ name: 'prefect', exitCode: 1 }] };

  it('crashes a run whose main container failed, with diagnosis and output', () => {
    const decision = decide(MAIN_FAILED);

    expect(decision.diagnosis?.kind).to.equal('essential-container-exited');
    expect(decision.proposal).to.deep.equal({
      flowRunId: 'run-1',
      type: 'CRASHED',
      name: 'Crashed',
      message: 'The task stopped, and these containers did not exit with code 0: prefect.',
    });
    expect(decision).to.include({ copiesLogs: true, logContainerName: 'prefect' });
  });

  for (const type of ['SCHEDULED', 'PAUSED', ...FINAL]) {
    it(`does nothing for a run that is ${type}`, () => {
      expect(decide(MAIN_FAILED, type)).to.deep.equal(NOTHING);
    });
  }

  it('does nothing for an unknown run, or one without a state', () => {
    expect(decideOnStoppedTask({ lastStatus: 'STOPPED', ...MAIN_FAILED }, null)).to.deep.equal(NOTHING);
    expect(decideOnStoppedTask({ lastStatus: 'STOPPED', ...MAIN_FAILED }, aRun())).to.deep.equal(NOTHING);
  });

  it('does nothing when the main container exited with code 0, whatever sidecars did', () => {
    const containers = [
      { name: 'side', exitCode: 1 },
      { name: 'prefect', exitCode: 0 },
    ];

    expect(decide({ containers })).to.deep.equal(NOTHING);
  });

  it('does nothing when every container exited with code 0', () => {
    expect(decide({ containers: [{ name: 'a', exitCode: 0 }] })).to.deep.equal(NOTHING);
  });

  it('names every failed container if none is named prefect, by ARN if it has no name', () => {
    const containers = [
      { name: 'a', exitCode: 1 },
      { name: 'fine', exitCode: 0 },
      { containerArn: 'arn:container/b' },
      { exitCode: 2 },
    ];
    const decision = decide({ containers });

    expect(decision.proposal?.message).to.match(/: a, arn:container\/b, without a name\.$/);
    expect(decision).to.include({ copiesLogs: false, logContainerName: null });
  });

  it('copies the output of the only container, whatever its name', () => {
    expect(decide({ containers: [{ name: 'job', exitCode: 1 }] })).to.include({
      copiesLogs: true,
      logContainerName: 'job',
    });
    expect(decide({ containers: [{ exitCode: 1 }] })).to.include({ copiesLogs: true, logContainerName: null });
  });

  it('copies the output of the container named prefect among others', () => {
    const containers = [{ name: 'side', exitCode: 0 }, { name: 'prefect' }];

    expect(decide({ containers })).to.include({ copiesLogs: true, logContainerName: 'prefect' });
  });

  it('leaves the output of a running run to its engine', () => {
    expect(decide(MAIN_FAILED, 'RUNNING')).to.include({ copiesLogs: false, logContainerName: 'prefect' });
    expect(decide(MAIN_FAILED, 'RUNNING').proposal?.type).to.equal('CRASHED');
  });

  it('proposes nothing for a run that is being cancelled', () => {
    const decision = decide(MAIN_FAILED, 'CANCELLING');

    expect(decision.proposal).to.equal(null);
    expect(decision.diagnosis?.kind).to.equal('essential-container-exited');
  });

  it("crashes a run whose task failed to start without containers, with ECS's reason", () => {
    const task = { stopCode: 'TaskFailedToStart', stoppedReason: 'ResourceInitializationError: x' };

    expect(decide(task)).to.include({ copiesLogs: true, logContainerName: null });
    expect(decide(task).proposal?.message).to.equal('The task failed to start: ResourceInitializationError: x');
    expect(decide({ ...task, stoppedReason: '' }).proposal?.message).to.match(/: ECS gives no reason$/);
  });

  it('proposes nothing without containers if the task did not fail to start', () => {
    expect(decide({ stopCode: 'UserInitiated' }).proposal).to.equal(null);
  });
});
