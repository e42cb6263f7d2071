import type { EventSink, Exemplar, Meter, WorkerEvent } from '@worker-host/core';
import { RecordingLogger } from '@worker-host/testing';
import { expect } from 'chai';
import { FanOutEvents, FanOutMeter } from '../../src/host/sinks.js';

const EVENT: WorkerEvent = { event: 'worker-host.test', resource: { id: 'r' }, related: [], payload: {} } as never;

const EXEMPLAR: Exemplar = { trace_id: 't' };

function recordingMeter() {
  const calls: unknown[][] = [];
  const record =
    (method: string) =>
    (...args: unknown[]): void => {
      calls.push([method, ...args]);
    };
  const meter: Meter = { count: record('count'), gauge: record('gauge'), observe: record('observe') };
  return { meter, calls };
}

function failingMeter(error: Error): Meter {
  const fail = (): never => {
    throw error;
  };
  return { count: fail, gauge: fail, observe: fail };
}

describe('FanOutMeter', () => {
  it('passes every measurement to every sink, with its labels', () => {
    const [first, second] = [recordingMeter(), recordingMeter()];
    const meter = new FanOutMeter([first.meter, second.meter], new RecordingLogger());

    meter.count('runs', { pool: 'p' }, 2);
    meter.gauge('slots', 3, { pool: 'p' });
    meter.observe('seconds', 4, { pool: 'p' }, EXEMPLAR);

    const expected = [
      ['count', 'runs', { pool: 'p' }, 2],
      ['gauge', 'slots', 3, { pool: 'p' }],
      ['observe', 'seconds', 4, { pool: 'p' }, EXEMPLAR],
    ];
    expect([first.calls, second.calls]).to.deep.equal([expected, expected]);
  });

  it('logs a sink that throws once, and passes the data to the others', () => {
    const logger = new RecordingLogger();
    const error = new Error('disk full');
    const good = recordingMeter();
    const meter = new FanOutMeter([failingMeter(error), good.meter, failingMeter(error)], logger);

    meter.count('runs');
    meter.count('runs');

    expect(good.calls).to.have.length(2);
    const warnings = logger.lines.filter(({ level }) => level === 'warn');
    expect(warnings.map(({ message, fields }) => [message, fields])).to.deep.equal([
      ['A sink of metrics failed; its data is lost', { error }],
      ['A sink of metrics failed; its data is lost', { error }],
    ]);
  });
});

describe('FanOutEvents', () => {
  it('passes an event to the control plane first, then to the others with its id there', () => {
    const told: [who: string, event: WorkerEvent][] = [];
    const sink = (who: string, id: string): EventSink => ({
      emit: (event) => {
        told.push([who, event]);
        return id;
      },
    });
    const events = new FanOutEvents(
      sink('control plane', 'e1'),
      [sink('a', 'x'), sink('b', 'y')],
      new RecordingLogger(),
    );

    expect(events.emit(EVENT)).to.equal('e1');

    expect(told).to.deep.equal([
      ['control plane', EVENT],
      ['a', { ...EVENT, id: 'e1' }],
      ['b', { ...EVENT, id: 'e1' }],
    ]);
  });

  it('logs another sink that throws, but not the control plane, whose failure is thrown', () => {
    const logger = new RecordingLogger();
    const error = new Error('down');
    const broken: EventSink = {
      emit: () => {
        throw error;
      },
    };
    const sound: EventSink = { emit: () => 'e1' };

    expect(new FanOutEvents(sound, [broken], logger).emit(EVENT)).to.equal('e1');
    expect(() => new FanOutEvents(broken, [sound], logger).emit(EVENT)).to.throw('down');

    expect(logger.lines.map(({ message }) => message)).to.deep.equal(['A sink of events failed; its data is lost']);
  });
});
