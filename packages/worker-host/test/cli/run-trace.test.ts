import { expect } from 'chai';
import { CommandLineBench } from './run-command-line.js';

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('run', () => {
  const bench = new CommandLineBench();
  after(() => bench.dispose());

  it('continues the trace in which it is called', async () => {
    await bench.json('pool', 'create', 'mine', '--type', 'fixture');
    bench.environment.TRACEPARENT = PARENT;
    const traced = await bench.json('run', '--pool', 'mine', '--', 'say', 'x');
    delete bench.environment.TRACEPARENT;
    const other = await bench.json('run', '--pool', 'mine', '--', 'say', 'x');

    expect(traced.labels).to.deep.equal({ __OTEL_TRACEPARENT: PARENT });
    expect(other.labels).to.deep.equal({});
  });
});
