import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace-base';
import { LaunchRefused, WorkerResult } from '@worker-host/core';
import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import { endOf } from '../host/support/fake-worker.js';
import { createTracedSubject, endMs, startMs } from './trace-bench.js';

const RUN = '0f8fad5b-d9cb-469f-a165-70867728950e';
const TRACE = '0f8fad5bd9cb469fa16570867728950e';
const lost = { relaunchable: true, userCodeRan: 'no', exitCode: null } as const;
const phases = { queued: 4, provisioning: 3, image_pull: 2, start: 1, run: 60, stop: 5 };

describe('the trace of a run', () => {
  it('has the id of the run, a span for each step, and the phases of its job with the times of the infrastructure', async () => {
    const { start, pool, worker, clock, host, span, spans, tree } = await createTracedSubject();
    pool.addRun({ id: RUN });
    await start();
    await clock.advance(100_000);
    const endedAtMs = clock.nowMs() - 10_000;
    worker.last.end(0, { phasesSeconds: phases, endedAtMs });
    await settle();

    expect(tree()).to.deep.equal([
      'RUN',
      '  claim',
      '  render',
      '  task',
      '    launch',
      '    provisioning',
      '    image_pull',
      '    start',
      '    run',
      '    stop',
      '  report',
    ]);
    expect(new Set(spans().map((each) => each.spanContext().traceId))).to.deep.equal(new Set([TRACE]));
    expect([startMs(span('run')), endMs(span('run'))]).to.deep.equal([endedAtMs - 65_000, endedAtMs - 5_000]);
    expect(startMs(span('provisioning'))).to.equal(endedAtMs - 71_000);
    expect(endMs(span('stop'))).to.equal(endedAtMs);
    const root = span('RUN');
    expect(root.kind).to.equal(SpanKind.SERVER);
    expect(root.status.code).to.equal(SpanStatusCode.UNSET);
    expect(root.attributes).to.deep.include({
      'cicd.pipeline.action.name': 'RUN',
      'cicd.pipeline.run.id': RUN,
      'cicd.pipeline.result': 'success',
      'cicd.worker.name': 'w',
      'cicd.worker.id': 'w',
      'worker_host.attempt.id': '1',
    });
    expect(span('task').attributes).to.deep.include({
      'cicd.pipeline.task.run.id': worker.last.pid,
      'cicd.pipeline.task.run.result': 'success',
      'process.exit.code': 0,
      'worker_host.relaunch': 0,
    });
    expect(root.resource.attributes).to.deep.include({ 'service.name': 'worker-host' });
    host.stop();
  });

  it('shows what the worker saw of a job if the infrastructure reports no times', async () => {
    const { start, pool, worker, clock, host, span } = await createTracedSubject();
    pool.addRun({ id: RUN });
    await start();
    const launchedMs = clock.nowMs();
    await clock.advance(7_000);
    worker.last.end(0, { phasesSeconds: {} });
    await settle();

    expect([startMs(span('run')), endMs(span('run'))]).to.deep.equal([launchedMs, launchedMs + 7_000]);
    host.stop();
  });

  it('contains its deployment', async () => {
    const { start, pool, worker, host, span } = await createTracedSubject();
    pool.deployments.set('d', {
      id: 'd',
      name: 'nightly',
      flowId: null,
      updated: null,
      jobVariables: {},
      tags: [],
      json: {},
    });
    pool.addRun({ id: RUN, deploymentId: 'd' });
    await start();
    worker.last.end(0);
    await settle();

    expect(span('RUN').name).to.equal('RUN flow/nightly');
    expect(span('RUN').attributes).to.deep.include({ 'cicd.pipeline.name': 'flow/nightly' });
    host.stop();
  });

  it('of a failed job contains the reason, without the secrets of the run', async () => {
    const { start, pool, worker, host, secrets, span } = await createTracedSubject();
    secrets.add('hunter2-hunter2');
    pool.addRun({ id: RUN });
    await start();
    const said = 'exec: "hunter2-hunter2" was not found';
    worker.last.end(127, {
      diagnosis: { kind: 'no-such-program', level: 'error', summary: said, detail: said, resolution: said },
    });
    await settle();

    const [root, task] = [span('RUN'), span('task')];
    expect(root.attributes).to.deep.include({ 'cicd.pipeline.result': 'failure', 'error.type': 'no-such-program' });
    expect(root.status.code).to.equal(SpanStatusCode.ERROR);
    expect(root.status.message).to.match(/127.*exec: "\*{8}"/);
    expect(task.attributes).to.deep.include({
      'cicd.pipeline.task.run.result': 'failure',
      'process.exit.code': 127,
      'error.type': 'no-such-program',
    });
    expect(task.events[0]).to.deep.include({ name: 'diagnosis' });
    expect(task.events[0]?.attributes).to.include({ kind: 'no-such-program', level: 'error' });
    expect(
      JSON.stringify([root, task].map(({ attributes, events, status }) => [attributes, events, status])),
    ).not.to.match(/hunter2/);
    host.stop();
  });

  it('of a refused launch ends there', async () => {
    const { start, pool, worker, host, span, tree } = await createTracedSubject();
    pool.addRun({ id: RUN });
    worker.onRun = async () => Promise.reject(new LaunchRefused('no such cluster'));
    await start();

    expect(tree()).to.deep.equal(['RUN', '  claim', '  render', '  task', '    launch', '  report']);
    expect(span('RUN').attributes).to.deep.include({ 'cicd.pipeline.result': 'error', 'error.type': 'refused' });
    expect(span('launch').status).to.deep.include({ code: SpanStatusCode.ERROR });
    expect(span('launch').status.message).to.match(/no such cluster/);
    expect(span('launch').events[0]?.attributes).to.include({ 'exception.type': 'refused' });
    host.stop();
  });

  it('shows each attempt of a step as an event of one span', async () => {
    const { start, pool, worker, clock, host, span, spans } = await createTracedSubject();
    pool.addRun({ id: RUN });
    let tries = 0;
    worker.onRun = async () => {
      tries += 1;
      if (tries < 3) throw new TypeError('undefined is not a function');
    };
    await start();
    await clock.advance(20_000);
    worker.last.end(0);
    await settle();

    expect(spans().filter(({ name }) => name === 'launch')).to.have.length(1);
    expect(span('launch').events.map(({ name }) => name)).to.deep.equal(['exception', 'exception']);
    expect(span('launch').status.code).to.equal(SpanStatusCode.UNSET);
    host.stop();
  });

  it('shows how long a launch waits for capacity', async () => {
    const { start, pool, worker, host, span } = await createTracedSubject();
    pool.addRun({ id: RUN });
    worker.onRun = async (_, context) =>
      context.progress({ phase: 'waiting-for-capacity', sinceMs: 0, reason: 'RESOURCE:CPU' });
    await start();
    worker.last.end(0);
    await settle();

    expect(span('launch').events).to.have.length(1);
    expect(span('launch').events[0]).to.deep.include({
      name: 'waiting for capacity',
      attributes: { reason: 'RESOURCE:CPU' },
    });
    host.stop();
  });

  it('has a span for each launch, next to each other', async () => {
    const { start, pool, worker, clock, host, span, spans, tree } = await createTracedSubject({ relaunchLimit: 1 });
    pool.addRun({ id: RUN });
    await start();
    worker.last.end(-1, lost);
    await clock.advance(10_000);
    worker.last.end(0);
    await settle();

    expect(tree().filter((line) => line === '  task')).to.have.length(2);
    const tasks = spans().filter(({ name }) => name === 'task');
    expect(tasks.map(({ attributes }) => attributes['worker_host.relaunch'])).to.deep.equal([0, 1]);
    expect(new Set(tasks.map((task) => task.spanContext().spanId)).size).to.equal(2);
    expect(span('RUN').events.map(({ name }) => name)).to.deep.equal(['relaunch']);
    expect(span('RUN').attributes['cicd.pipeline.result']).to.equal('success');
    host.stop();
  });

  it('of a cancelled run is not an error', async () => {
    const { start, pool, host, span } = await createTracedSubject();
    pool.addRun({ id: RUN });
    await start();
    pool.cancel(RUN);
    pool.tell((listener) => listener.onCancelling(RUN));
    await settle();

    expect(span('RUN').attributes).to.deep.include({ 'cicd.pipeline.result': 'cancellation' });
    expect(span('RUN').status.code).to.equal(SpanStatusCode.UNSET);
    expect(span('RUN').events.map(({ name }) => name)).to.deep.equal(['cancellation requested']);
    expect(span('task').attributes['cicd.pipeline.task.run.result']).to.equal('cancellation');
    host.stop();
  });

  it('of a run that is cancelled between two attempts of its launch is not an error', async () => {
    const { start, pool, worker, host, spans, tree } = await createTracedSubject();
    pool.addRun({ id: RUN });
    worker.onRun = async () => Promise.reject(new TypeError('undefined is not a function'));
    await start();
    pool.cancel(RUN);
    await settle();

    expect(tree()).to.have.members(['RUN', '  claim', '  render', '  task', '    launch', '  find', '  report']);
    expect(new Set(spans().map(({ status }) => status.code))).to.deep.equal(new Set([SpanStatusCode.UNSET]));
    host.stop();
  });

  it('of a run that cannot be rendered ends there', async () => {
    const baseJobTemplate = { job_configuration: 5, variables: {} };
    const { start, pool, host, span, tree } = await createTracedSubject({}, { workPool: { baseJobTemplate } });
    pool.addRun({ id: RUN });
    await start();

    expect(tree()).to.deep.equal(['RUN', '  claim', '  render', '  report']);
    expect(span('render').status.message).to.match(/job_configuration/);
    expect(span('RUN').attributes).to.deep.include({ 'cicd.pipeline.result': 'error', 'error.type': 'invalid' });
    host.stop();
  });

  it('of a job that ends before the worker knows its id has the launch below its task', async () => {
    const { start, pool, worker, host, tree } = await createTracedSubject();
    pool.addRun({ id: RUN });
    worker.run = async () => new WorkerResult('pid', 0, endOf(0));
    await start();

    expect(tree()).to.have.members(['RUN', '  claim', '  render', '  task', '    launch', '    run', '  report']);
    host.stop();
  });

  it('shows that a worker released the run in the middle of a step', async () => {
    const { start, pool, worker, clock, host, span, tree } = await createTracedSubject();
    pool.addRun({ id: RUN });
    worker.onRun = () => new Promise(() => {});
    await start();
    host.stop();
    await clock.advance(10_000);

    expect(tree()).to.deep.equal(['claim', 'render', 'launch']);
    expect(span('launch').events.map(({ name }) => name)).to.deep.equal(['released']);
    expect(span('render').events).to.deep.equal([]);
  });

  it('has no span of a run that another worker was granted', async () => {
    const { start, pool, orchestrator, host, spans } = await createTracedSubject();
    orchestrator.claim = async () => ({ claimed: false, reason: 'another worker has it' });
    pool.addRun({ id: RUN });
    await start();

    expect(spans()).to.deep.equal([]);
    host.stop();
  });

  it('continues with the worker that takes the run over', async () => {
    const first = await createTracedSubject();
    first.pool.addRun({ id: RUN });
    await first.start();
    const { pid } = first.worker.last;
    first.host.stop();
    await first.clock.advance(10_000);
    expect(first.tree()).to.deep.equal(['claim', 'render', 'launch']);

    const second = await createTracedSubject({ workerName: 'second' }, { others: first });
    await second.start();
    await second.clock.advance(60_000);
    expect(second.worker.last).to.deep.include({ how: 'resume', pid });
    second.worker.last.end(0, { phasesSeconds: { run: 30 } });
    await settle();

    expect(second.tree()).to.deep.equal([
      'RUN',
      '  claim',
      '  render',
      '  task',
      '    launch',
      '    run',
      '  render',
      '  report',
    ]);
    const root = second.span('RUN');
    expect(root.attributes['cicd.worker.name']).to.equal('second');
    expect(root.events.map(({ name }) => name)).to.deep.equal(['taken over']);
    expect(startMs(root)).to.equal(startMs(second.span('claim')));
    second.host.stop();
  });

  it('of a worker that dies lacks open parts, until the next worker ends it', async () => {
    const first = await createTracedSubject({}, { seesDeaths: false });
    first.pool.addRun({ id: RUN });
    first.worker.onRun = () => new Promise(() => {});
    await first.start();
    first.orchestrator.kill();
    expect(first.tree()).to.deep.equal(['claim', 'render']);

    const second = await createTracedSubject({ workerName: 'second' }, { others: first });
    await second.start();
    await second.clock.advance(300_000);
    second.worker.last.end(0);
    await settle();

    expect(second.tree()).to.deep.equal([
      'RUN',
      '  claim',
      '  render',
      '  render',
      '  task',
      '    launch',
      '    run',
      '  report',
    ]);
    second.host.stop();
  });

  it('passes the job what its own spans need to join: the same to every owner of the attempt', async () => {
    const first = await createTracedSubject();
    first.pool.addRun({ id: RUN });
    first.orchestrator.faults.fail('storeInfrastructurePid', { error: new Error('500') });
    await first.start();
    const before = first.worker.last.configuration.env;
    first.orchestrator.kill();
    const second = await createTracedSubject({ workerName: 'second' }, { others: first });
    await second.start();
    expect(second.worker.last.how).to.equal('run');
    const after = second.worker.last.configuration.env;
    second.worker.last.end(0);
    await settle();

    const root = second.span('RUN').spanContext();
    expect(before.TRACEPARENT).to.equal(`00-${TRACE}-${root.spanId}-01`);
    expect(after.TRACEPARENT).to.equal(before.TRACEPARENT);
    expect(before).not.to.have.property('TRACESTATE');
    second.host.stop();
  });

  it('continues the trace with which the run was created', async () => {
    const { start, pool, worker, host, span } = await createTracedSubject();
    pool.addRun({
      id: RUN,
      labels: {
        __OTEL_TRACEPARENT: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        __OTEL_TRACESTATE: 'vendor=1',
      },
    });
    await start();
    worker.last.end(0);
    await settle();

    const root = span('RUN');
    expect(root.spanContext().traceId).to.equal('4bf92f3577b34da6a3ce929d0e0e4736');
    expect(root.parentSpanContext).to.deep.include({ spanId: '00f067aa0ba902b7', isRemote: true });
    expect(worker.last.configuration.env).to.include({
      TRACEPARENT: `00-4bf92f3577b34da6a3ce929d0e0e4736-${root.spanContext().spanId}-01`,
      TRACESTATE: 'vendor=1',
    });
    expect(pool.run(RUN)?.labels.__OTEL_TRACEPARENT).to.match(/00f067aa0ba902b7/);
    host.stop();
  });

  it('labels a run without a trace, so that the engine of the job joins it', async () => {
    const { start, pool, worker, host } = await createTracedSubject({}, { hostReportsStates: false });
    pool.addRun({ id: RUN });
    await start();

    expect(pool.run(RUN)?.labels.__OTEL_TRACEPARENT).to.equal(worker.last.configuration.env.TRACEPARENT);
    host.stop();
  });

  it('that is not sampled exports nothing, and the job is informed', async () => {
    const { start, pool, worker, host, spans } = await createTracedSubject({}, { sampler: new AlwaysOffSampler() });
    pool.addRun({ id: RUN });
    await start();
    worker.last.end(0);
    await settle();

    expect(spans()).to.deep.equal([]);
    expect(worker.last.configuration.env.TRACEPARENT).to.match(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
    host.stop();
  });

  it('does not delay a run when it fails', async () => {
    const { start, pool, worker, host, spans } = await createTracedSubject();
    pool.addRun({ id: RUN, labels: null as never });
    await start();
    worker.last.end(0);
    await settle();

    expect(pool.lastState(RUN)?.type).to.equal('COMPLETED');
    expect(spans()).to.deep.equal([]);
    host.stop();
  });
});
