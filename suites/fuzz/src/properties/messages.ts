import { isJsonObject, silentLogger } from '@worker-host/core';
import { FakeClock } from '@worker-host/testing';
import fc from 'fast-check';
import { changedText, jsonObject, text } from '../inputs.js';
import { attempts, eventWatcher, frames, queueMessages, runLabels } from '../internals.js';
import { must, outcomeOf, property } from '../property.js';
import { CONNECTION } from './connection.js';
import { ANSWERS, EVENT, FRAMES, QUEUE_MESSAGE } from './samples.js';

/** Every text of a value is one, every number is finite: what a frame was read as can be reckoned with. */
function isSound(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(isSound);
}

export const messages = [
  property({
    name: 'channel-frames',
    weight: 12,
    inputs: changedText(FRAMES),
    async check(input) {
      const read = await outcomeOf(
        () => frames.parseServerFrame(input),
        (error) => error instanceof frames.ChannelProtocolError,
      );
      if ('error' in read) return;
      const frame = read.value;
      switch (frame.type) {
        case 'ready':
          must(typeof frame.ready.consumerId === 'string', 'a consumer id is a text');
          must(isSound(frame.ready.heartbeatIntervalSeconds), 'an interval is a finite number');
          must(isJsonObject(frame.ready.snapshot.workPool), 'a pool is an object');
          return;
        case 'snapshot':
          must(typeof frame.snapshot.workPool.name === 'string', 'a pool has a name');
          return;
        case 'cleanup':
          must(typeof frame.message.messageId === 'string', 'a message has an id');
          must(isSound(frame.message), 'a lease is a finite number');
          return;
        case 'result':
          must(typeof frame.result.requestFrameId === 'string', 'a result names its request');
          must(isSound(frame.result), 'a lease is a finite number');
      }
    },
  }),
  property({
    name: 'event-frames',
    weight: 6,
    inputs: fc.array(changedText([EVENT]), { maxLength: 4 }),
    async check(inputs) {
      const told: unknown[] = [];
      const clock = new FakeClock();
      let take: (frame: string) => void = () => {};
      const watcher = new eventWatcher.RunEventWatcher({
        connection: CONNECTION,
        environment: {},
        clock,
        logger: silentLogger,
        pollIntervalMs: 1000,
        poll: async () => {},
        onCancelling: (id) => void told.push(id),
        onScheduled: () => {},
        onMoved: ({ flowRunId, stateId }) => void told.push(flowRunId, stateId),
        openSocket: async () => {
          let end: (close: { code: number; reason: string }) => void = () => {};
          const closed = new Promise<{ code: number; reason: string }>((resolve) => {
            end = resolve;
          });
          return {
            send: async () => {},
            ping: async () => {},
            closed,
            close: () => end({ code: 1000, reason: '' }),
            set onFrame(listener: (frame: string) => void) {
              take = listener;
            },
          };
        },
      });
      watcher.start('pool');
      for (let turn = 0; turn < 4; turn += 1) await Promise.resolve();
      for (const input of inputs) await outcomeOf(() => take(input));
      must(
        told.every((each) => typeof each === 'string'),
        'what an event is about is a text',
      );
      await watcher.stop();
    },
  }),
  property({
    name: 'queue-messages',
    weight: 10,
    inputs: changedText([QUEUE_MESSAGE]),
    async check(input) {
      const read = await outcomeOf(() => queueMessages.parseEcsEventMessage(input));
      must('value' in read, 'a message is read without an error');
      if (read.value.kind !== 'task') return;
      const { taskArn, lastStatus, containers } = read.value.detail as Record<string, unknown>;
      must(taskArn === undefined || typeof taskArn === 'string', 'an ARN is a text');
      must(lastStatus === undefined || typeof lastStatus === 'string', 'a status is a text');
      must(containers === undefined || Array.isArray(containers), 'containers are a list');
    },
  }),
  property({
    name: 'run-labels',
    weight: 6,
    inputs: fc.record({
      labels: fc.oneof(
        jsonObject,
        changedText([ANSWERS.flowRun.labels]).map((each) => {
          try {
            const parsed: unknown = JSON.parse(each);
            return isJsonObject(parsed) ? parsed : {};
          } catch {
            return {};
          }
        }),
      ),
      message: fc.oneof(
        text,
        text.map((worker) => `Claimed by worker ${JSON.stringify(worker)} [lease=a, silenceSeconds=9]`),
        text.map((worker) => `Claimed by worker "${worker}" [lease=a, silenceSeconds=${worker}]`),
      ),
    }),
    async check({ labels, message }) {
      const read = await outcomeOf(() => {
        const states = [{ ...ANSWERS.state, type: 'PENDING' as const, message }];
        return [runLabels.parseRunLabels(labels), runLabels.parseLaunch(labels), attempts.attemptOfStates('r', states)];
      });
      must('value' in read, 'labels and messages are read without an error');
    },
  }),
];
