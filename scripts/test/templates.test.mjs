import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse as parseHcl } from '@cdktn/hcl2json';
import { createLogger } from '../../packages/worker-host/dist/src/logging/create-logger.js';
import { startLoadLog } from '../../packages/worker-host/dist/src/metrics/load-log.js';

const root = new URL('../../', import.meta.url);
const { parse: parseYaml } = createRequire(new URL('packages/worker-host/package.json', root))('yaml');
const run = promisify(execFile);

/** Resources of Terraform by those of CloudFormation. */
const RESOURCES = {
  'AWS::ApplicationAutoScaling::ScalableTarget': 'aws_appautoscaling_target',
  'AWS::ApplicationAutoScaling::ScalingPolicy': 'aws_appautoscaling_policy',
  'AWS::CloudWatch::Alarm': 'aws_cloudwatch_metric_alarm',
  'AWS::ECS::Service': 'aws_ecs_service',
  'AWS::ECS::TaskDefinition': 'aws_ecs_task_definition',
  'AWS::Events::Rule': 'aws_cloudwatch_event_rule',
  'AWS::IAM::Role': 'aws_iam_role',
  'AWS::Logs::LogGroup': 'aws_cloudwatch_log_group',
  'AWS::Logs::MetricFilter': 'aws_cloudwatch_log_metric_filter',
  'AWS::SQS::Queue': 'aws_sqs_queue',
  'AWS::SQS::QueuePolicy': 'aws_sqs_queue_policy',
};
/** Written otherwise by Terraform, or by CloudFormation alone. */
const OTHERWISE = new Set(['ENABLED', 'FARGATE', 'prefect-ecs-tasks-events']);
const ACTION = /(?<=^|")[a-z0-9]+:[A-Z]\w+(?="|$)/g;
const CONDITION_KEYS = ['aws:SourceArn', 'iam:PassedToService'];

const snake = (name) => name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase();
const template = (kind) =>
  parseYaml(readFileSync(new URL(`packages/worker-ecs/templates/${kind}.yaml`, root), 'utf8'), { logLevel: 'silent' });

async function moduleOf(kind) {
  const parts = ['main', 'variables', 'outputs'].map((name) =>
    parseHcl(name, readFileSync(new URL(`deploy/terraform/${kind}/${name}.tf`, root), 'utf8')),
  );
  return Object.assign({}, ...(await Promise.all(parts)));
}

/** Every scalar inside of a value. */
function leavesOf(value) {
  if (typeof value !== 'object' || value === null) return [value];
  return Object.values(value).flatMap(leavesOf);
}

for (const kind of ['events', 'service'])
  describe(`the Terraform module ${kind}`, () => {
    it('has the resources of the template, and no others but parts of them', async () => {
      const { Resources } = template(kind);
      const { resource } = await moduleOf(kind);
      const expected = Object.entries(Resources).map(([id, { Type }]) => `${RESOURCES[Type]}.${snake(id)}`);
      const found = Object.entries(resource).flatMap(([type, all]) =>
        Object.keys(all).map((name) => `${type}.${name}`),
      );
      const ids = Object.keys(Resources).map(snake);

      assert.deepEqual(
        expected.filter((name) => !found.includes(name)),
        [],
      );
      const names = found.filter((name) => !expected.includes(name)).map((name) => name.split('.')[1]);
      for (const name of names) assert(name === 'scaled_service' || ids.some((id) => name.startsWith(id)), name);
    });

    it('has the parameters of the template, with their defaults, bounds and descriptions', async () => {
      const { Parameters } = template(kind);
      const { variable } = await moduleOf(kind);
      const { name: _, ...variables } = variable;

      assert.deepEqual(Object.keys(variables).sort(), Object.keys(Parameters).map(snake).sort());
      for (const [id, parameter] of Object.entries(Parameters)) {
        const [given] = variables[snake(id)];
        const { Default, Description, MinValue, MaxValue, AllowedValues } = parameter;
        assert.equal(given.description, Description, id);
        assert.equal('default' in given, Default !== undefined, id);
        if (Default !== undefined) assert.equal([given.default].flat().join(), String(Default), id);
        const condition = given.validation?.[0].condition ?? '';
        for (const bound of [MinValue, MaxValue, ...(AllowedValues ?? [])])
          if (bound !== undefined) assert(condition.includes(String(bound)), `${id}: ${bound}`);
      }
    });

    it('sets what the template sets', async () => {
      const names = template(kind);
      const { Resources } = names;
      const { resource, locals } = await moduleOf(kind);
      const texts = Object.values(resource).flatMap((all) =>
        Object.entries(all).map(([name, body]) => [name, leavesOf([body, locals]).join('\n')]),
      );
      for (const [id, { Properties }] of Object.entries(Resources)) {
        const own = texts.filter(([name]) => name.startsWith(snake(id))).map(([, text]) => text);
        const missing = leavesOf(Properties).filter(
          (leaf) => !isWritten(leaf, own.join('\n')) && !isReference(leaf, names),
        );
        assert.deepEqual(missing, [], id);
      }
    });

    it('allows the same actions', async () => {
      const { resource, locals } = await moduleOf(kind);
      const actionsIn = (value) =>
        [...new Set(leavesOf(value).flatMap((leaf) => String(leaf).match(ACTION) ?? []))]
          .filter((name) => !CONDITION_KEYS.includes(name))
          .sort();
      const expected = actionsIn(template(kind).Resources);

      assert(expected.length > 0);
      assert.deepEqual(actionsIn([resource, locals]), expected);
    });
  });

describe('the Terraform modules', () => {
  it('are formatted as Terraform formats them', async function () {
    const folder = fileURLToPath(new URL('deploy/terraform/', root));
    const format = (program) => run(program, ['fmt', '-check', '-diff', '-recursive', folder]).catch((error) => error);
    const answers = [await format('terraform'), await format('tofu')].filter(({ code }) => code !== 'ENOENT');
    if (answers.length === 0) {
      console.log('      skipped: neither terraform nor tofu is installed');
      this.skip();
    }

    for (const { code = 0, stdout } of answers) assert.deepEqual({ code, stdout }, { code: 0, stdout: '' });
  });
});

/** Names of resources, parameters and conditions, and texts that are put together. */
function isReference(leaf, { Resources, Parameters, Conditions = {} }) {
  if (typeof leaf !== 'string') return false;
  const [first] = leaf.split('.');
  return (
    leaf.includes('${') || leaf.startsWith('AWS::') || first in Resources || first in Parameters || first in Conditions
  );
}

function isWritten(leaf, text) {
  if (OTHERWISE.has(leaf)) return true;
  if (typeof leaf === 'string') return text.replaceAll('\\"', '"').includes(leaf);
  return new RegExp(`\\b${leaf}\\b`).test(text);
}

describe('the template of the service', () => {
  const { Resources } = template('service');
  const { Properties: definition } = Resources.Definition;
  const [worker] = definition.ContainerDefinitions;

  it('makes its metrics of the lines that a worker logs', async () => {
    const lines = [];
    const logger = createLogger({
      format: 'json',
      write: (line) => lines.push(line),
      secrets: { redact: (text) => text },
    });
    let turns = 0;
    await new Promise((resolve) => {
      const end = startLoadLog({
        everySeconds: 60,
        status: () => ({ slots: { taken: 3, limit: 4 } }),
        backlog: async () => ({ dueRuns: 1, lateRuns: 1, oldestDueMs: 1_000 }),
        logger,
        clock: {
          nowMs: () => 46_000,
          sleep: async () => {
            turns += 1;
            if (turns === 1) return;
            end();
            resolve();
          },
        },
      });
    });
    const line = JSON.parse(lines[0]);
    const environment = worker.Environment.map(({ Name }) => Name);
    const filters = Object.values(Resources).filter(({ Type }) => Type === 'AWS::Logs::MetricFilter');
    const values = filters.map(({ Properties: { FilterPattern, MetricTransformations } }) => {
      for (const [, field, operator, wanted] of FilterPattern.matchAll(/\(\$\.(\w+) (=|>=) ("\w+"|\d+)\)/g))
        assert(operator === '=' ? line[field] === JSON.parse(wanted) : line[field] >= Number(wanted), FilterPattern);
      const [{ MetricName, MetricValue }] = MetricTransformations;
      return [MetricName, line[MetricValue.replace('$.', '')]];
    });

    assert.deepEqual(Object.fromEntries(values), { SlotsTakenPercent: 75, OldestDueSeconds: 45 });
    assert(environment.includes('WORKER_HOST_LOAD_LOG_SECONDS') && environment.includes('WORKER_HOST_LIMIT'));
    assert.equal(worker.Environment.find(({ Name }) => Name === 'WORKER_HOST_LOG_FORMAT').Value, 'json');
  });

  it('scales and warns by metrics that it makes', () => {
    const made = Object.values(Resources)
      .filter(({ Type }) => Type === 'AWS::Logs::MetricFilter')
      .map(({ Properties }) => Properties.MetricTransformations[0].MetricName);
    const { CustomizedMetricSpecification } =
      Resources.ScaleBySlots.Properties.TargetTrackingScalingPolicyConfiguration;

    assert.deepEqual([CustomizedMetricSpecification.MetricName, Resources.OldestRun.Properties.MetricName], made);
  });

  it('has a health check that works with any image that has Node', async () => {
    const [kind, ...command] = worker.HealthCheck.Command;
    let status = 200;
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/health' ? status : 404).end();
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address();
    const probe = () => {
      const [program, ...words] = command.map((word) => word.replace('8080', port));
      return run(program === 'node' ? process.execPath : program, words).then(
        () => 0,
        ({ code }) => code,
      );
    };

    const alive = await probe();
    status = 503;
    const stuck = await probe();
    await new Promise((resolve) => server.close(resolve));
    const away = await probe();

    assert.deepEqual([kind, alive, stuck, away], ['CMD', 0, 1, 1]);
    assert(worker.Command.includes('--with-healthcheck'));
  });
});

describe('the release workflow', () => {
  const { on, jobs } = parseYaml(readFileSync(new URL('.github/workflows/release.yaml', root), 'utf8'));
  const publishing = Object.values(jobs).filter(({ steps }) => JSON.stringify(steps).includes('changeset publish'));

  it('publishes only when a person starts it, in an environment that asks for approval', () => {
    assert.deepEqual(Object.keys(on), ['push', 'workflow_dispatch']);
    assert.equal(publishing.length, 1);
    assert.match(publishing[0].if, /^github\.event_name == 'workflow_dispatch' && /);
    assert.equal(publishing[0].environment, 'npm');
  });

  it('gives the token of npm and the right to sign to no other job', () => {
    for (const job of Object.values(jobs).filter((each) => !publishing.includes(each)))
      assert(!/NPM_TOKEN|id-token/.test(JSON.stringify(job)));
  });
});
