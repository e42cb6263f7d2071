import type { EventSink, WorkerEvent } from '@worker-host/core';
import { FakeClock } from '@worker-host/testing';
import { expect } from 'chai';
import type { EcsTask } from '../../../src/aws/ecs-api.js';
import { TAG, type TaskTags, tagsOf, taskEvent } from '../../../src/observation/events/task-event.js';
import { TaskEventPublisher } from '../../../src/observation/watch/task-event-publisher.js';

const TASK = { taskArn: 'arn:aws:ecs:us-east-1:123456789012:task/analytics/0123', lastStatus: 'RUNNING' };
const LABELS = { [TAG.flowRunId]: 'run-1', [TAG.workerName]: 'Worker A', [TAG.version]: '3.4.0' };

function published(task: EcsTask, labels: TaskTags, event: { id: string; time: string | null } | null) {
  const events: WorkerEvent[] = [];
  const clock = new FakeClock({ nowMs: Date.parse('2026-01-02T03:04:05Z') });
  const sink: EventSink = {
    emit(each) {
      events.push(each);
      return each.id ?? '';
    },
  };
  new TaskEventPublisher(sink, clock, { workerType: 'ecs' }).publish(task, labels, event);
  return events;
}

describe('TaskEventPublisher', () => {
  it('emits a change with id and time of the AWS event', () => {
    const [event] = published(TASK, LABELS, { id: 'e-1', time: '2026-01-01T00:00:00Z' });

    expect(event).to.include({ id: 'e-1', occurred: '2026-01-01T00:00:00Z', event: 'prefect.ecs.task.running' });
    expect(event?.related.at(-1)).to.include({ 'prefect.version': '3.4.0' });
  });

  it('gives a change found by polling the current time, and an id derived from task and status', () => {
    const [event] = published(TASK, LABELS, null);

    expect(event).to.include({ id: 'ff841c2b-cd89-8b32-a968-43c5b4923bd3', occurred: '2026-01-02T03:04:05.000Z' });
    expect(published(TASK, LABELS, { id: '', time: null })[0]?.id).to.equal(event?.id);
    expect(published({ ...TASK, lastStatus: 'PENDING' }, LABELS, null)[0]?.id).not.to.equal(event?.id);
  });

  it('reads the tags of the task if the labels contain no run', () => {
    const tags = [{ key: TAG.flowRunId, value: 'run-2' }];
    const [event] = published({ ...TASK, tags }, { [TAG.workerName]: 'Worker B' }, null);

    expect(event?.related).to.deep.equal([
      { 'prefect.resource.id': 'prefect.flow-run.run-2', 'prefect.resource.role': 'flow-run' },
    ]);
    const [labelled] = published({ ...TASK, tags }, LABELS, null);
    expect(labelled?.related[0]).to.have.property('prefect.resource.id', 'prefect.flow-run.run-1');
  });

  it('leaves the version empty if it is unknown', () => {
    const [event] = published(TASK, { [TAG.flowRunId]: 'run-1', [TAG.workerName]: 'w' }, null);

    expect(event?.related.at(-1)).to.include({ 'prefect.version': '' });
  });

  it('emits nothing about a task without ARN, status or run', () => {
    expect(published({ lastStatus: 'RUNNING' }, LABELS, null)).to.deep.equal([]);
    expect(published({ taskArn: TASK.taskArn }, LABELS, null)).to.deep.equal([]);
    expect(published(TASK, {}, null)).to.deep.equal([]);
  });
});

describe('tagsOf', () => {
  it('omits tags without key or value', () => {
    expect(tagsOf([{ key: 'a', value: 'b' }, { key: 'c' }, { value: 'd' }, {}])).to.deep.equal({ a: 'b' });
    expect(tagsOf(undefined)).to.deep.equal({});
  });
});

describe('taskEvent', () => {
  const FACTS = { workerType: 'ecs', id: 'i', occurred: 'o', prefectVersion: 'v' };

  it('contains cluster and definition if ECS returns them', () => {
    expect(taskEvent({ ...TASK, clusterArn: 'c', taskDefinitionArn: 'd' }, {}, FACTS).resource).to.deep.equal({
      'prefect.resource.id': 'prefect.ecs.task.0123',
      'ecs.taskArn': TASK.taskArn,
      'ecs.clusterArn': 'c',
      'ecs.taskDefinitionArn': 'd',
    });
    expect(taskEvent(TASK, {}, FACTS).resource).to.deep.equal({
      'prefect.resource.id': 'prefect.ecs.task.0123',
      'ecs.taskArn': TASK.taskArn,
    });
  });

  it('is related to run, deployment, flow, pool and worker, each with its name if known', () => {
    const tags = {
      [TAG.flowRunId]: 'r',
      [TAG.flowRunName]: 'a run',
      [TAG.deploymentId]: 'd',
      [TAG.flowId]: 'f',
      [TAG.workPoolId]: '',
      [TAG.workerName]: 'Worker A',
    };
    const { related } = taskEvent(TASK, tags, FACTS);

    expect(related).to.deep.equal([
      {
        'prefect.resource.id': 'prefect.flow-run.r',
        'prefect.resource.role': 'flow-run',
        'prefect.resource.name': 'a run',
      },
      { 'prefect.resource.id': 'prefect.deployment.d', 'prefect.resource.role': 'deployment' },
      { 'prefect.resource.id': 'prefect.flow.f', 'prefect.resource.role': 'flow' },
      {
        'prefect.resource.id': 'prefect.worker.ecs.worker-a',
        'prefect.resource.role': 'worker',
        'prefect.resource.name': 'Worker A',
        'prefect.worker-type': 'ecs',
        'prefect.version': 'v',
      },
    ]);
  });
});
