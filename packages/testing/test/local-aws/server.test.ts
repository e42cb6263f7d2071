import { DescribeServicesCommand, ListClustersCommand } from '@aws-sdk/client-ecs';
import { expect } from 'chai';

import { readWireCall, writeResult } from '../../src/local-aws/server/protocols.js';
import { parseQueryParams } from '../../src/local-aws/server/query-params.js';
import { closeSubjects, createSubject, launchOne, refusal, registerFargate } from './support.js';

async function getJson(url: string, init: RequestInit = {}): Promise<Record<string, unknown>> {
  const response = await fetch(url, init);
  return (await response.json()) as Record<string, unknown>;
}

describe('local-aws: the server', () => {
  afterEach(closeSubjects);

  it('reports unsupported services and unsigned requests', async () => {
    const { aws, ecs } = await createSubject();

    await refusal(
      ecs.send(new DescribeServicesCommand({ services: ['x'] })),
      'UnknownOperationException',
      'The local AWS does not serve ecs:DescribeServices.',
    );
    const headers = { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListClusters' };
    const response = await fetch(aws.url, { method: 'POST', headers, body: '{}' });
    expect(response.status).to.equal(403);
    expect(await response.json()).to.have.property('__type', 'MissingAuthenticationTokenException');
  });

  it('supports both protocols of CloudWatch, each with its time format', () => {
    const answer = { Datapoints: [{ Timestamp: new Date(1500) }] };
    const calls = {
      json: readWireCall({ 'x-amz-target': 'GraniteServiceVersion20100801.GetMetricStatistics' }, '{"Period":60}'),
      query: readWireCall({}, 'Action=GetMetricStatistics&Version=2010-08-01&Period=60'),
    };

    expect(calls.json).to.deep.include({ service: 'cloudwatch', operation: 'GetMetricStatistics' });
    expect(calls.query).to.deep.include({ service: 'cloudwatch', operation: 'GetMetricStatistics' });
    expect(writeResult(calls.json, 'r', answer).body).to.equal('{"Datapoints":[{"Timestamp":1.5}]}');
    expect(writeResult(calls.query, 'r', answer).body).to.include('<Timestamp>1970-01-01T00:00:01.500Z</Timestamp>');
  });

  it('does not mistake an unsupported service for EC2', () => {
    expect(() => readWireCall({}, 'Action=DescribeStacks&Version=2010-05-15')).to.throw(
      'The local AWS has no service that answers DescribeStacks (API 2010-05-15).',
    );
  });

  it('records calls with their parameters, and counts them', async () => {
    const { aws, ecs } = await createSubject();
    const next = aws.nextCall({ service: 'ecs', outcome: 'ok' });

    await ecs.send(new ListClustersCommand({ maxResults: 5 }));

    expect(await next).to.include({ service: 'ecs', operation: 'ListClusters', outcome: 'ok', errorCode: null });
    expect(aws.calls()[0]?.params).to.deep.equal({ maxResults: 5 });
    expect(aws.callCounts()).to.deep.equal({
      'ecs:ListClusters': { total: 1, ok: 1, error: 0, throttled: 0, lost: 0 },
    });
    aws.clearCalls();
    expect([aws.calls(), aws.callCounts()]).to.deep.equal([[], {}]);
  });

  it('keeps only the latest calls, and counts all', async () => {
    const { aws, ecs } = await createSubject({ keepCalls: 2 });

    for (let size = 1; size <= 5; size += 1) await ecs.send(new ListClustersCommand({ maxResults: size }));

    expect(aws.calls().map((call) => call.params.maxResults)).to.deep.equal([4, 5]);
    expect(aws.callCounts()['ecs:ListClusters']?.total).to.equal(5);
  });

  it('keeps no calls with a limit of zero', async () => {
    const { aws, ecs } = await createSubject({ keepCalls: 0 });

    for (let call = 1; call <= 3; call += 1) await ecs.send(new ListClustersCommand({}));

    expect(aws.calls()).to.deep.equal([]);
    expect(aws.callCounts()['ecs:ListClusters']?.total).to.equal(3);
  });

  it('can be controlled and inspected over HTTP by other processes', async () => {
    const subject = await createSubject({ simulate: 'exit=0' });
    const base = `${subject.aws.url}/_local-aws`;
    await registerFargate(subject);
    const fault = { type: 'throttle', operation: 'ListClusters' };

    const added = await getJson(`${base}/faults`, { method: 'POST', body: JSON.stringify([fault, fault]) });
    await refusal(subject.ecs.send(new ListClustersCommand({})), 'ThrottlingException');
    const listed = await getJson(`${base}/faults`);
    const cleared = await getJson(`${base}/faults`, { method: 'DELETE' });
    const wrong = await getJson(`${base}/faults`, { method: 'POST', body: '{"type":"x"}' });
    const arn = await launchOne(subject);
    const task = await getJson(`${base}/tasks/${encodeURIComponent(arn)}?until=STOPPED`);
    const tasks = await getJson(`${base}/tasks?status=STOPPED`);
    const calls = await getJson(`${base}/calls?operation=ListClusters`);
    const health = await getJson(`${base}/health`);

    expect(added.faults).to.have.length(2);
    expect(listed.faults).to.have.nested.property('[0].hits', 1);
    expect(cleared.faults).to.deep.equal([]);
    expect(wrong.code).to.equal('LOCAL_AWS_FAULT_INVALID');
    expect(task).to.deep.include({ taskArn: arn, lastStatus: 'STOPPED', exitCodes: { main: 0 } });
    expect(tasks.tasks).to.have.length(1);
    expect(calls.calls).to.have.nested.property('[0].outcome', 'throttled');
    expect(health).to.deep.include({ status: 'ok', tasks: { STOPPED: 1 } });
  });

  it('rejects a port that is in use', async () => {
    const { aws } = await createSubject();

    const error = await createSubject({ port: aws.port }).then(
      () => null,
      (reason: NodeJS.ErrnoException) => reason,
    );

    expect(error?.code).to.equal('EADDRINUSE');
  });

  it('parses the flat parameters of the query protocols into objects and lists', () => {
    const form = new URLSearchParams(
      'Filter.1.Name=a&Filter.1.Value.1=x&Filter.1.Value.2=y&Tags.member.1.Key=k&Plain=1',
    );

    expect(parseQueryParams(form)).to.deep.equal({
      Filter: [{ Name: 'a', Value: ['x', 'y'] }],
      Tags: [{ Key: 'k' }],
      Plain: '1',
    });
  });

  it('is safe against names of object members', () => {
    const parsed = parseQueryParams(new URLSearchParams('__proto__.polluted=1&constructor.prototype.x=1'));

    expect(({} as Record<string, unknown>).polluted).to.equal(undefined);
    expect(Object.getPrototypeOf(parsed)).to.equal(Object.prototype);
  });
});
