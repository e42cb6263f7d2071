import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { LocalAws } from '@worker-host/testing/local-aws';
import { checkEqual } from '../harness/checks.js';
import type { Scenario } from '../harness/scenario.js';
import type { World } from '../harness/world.js';

const SHAPES = fileURLToPath(new URL('../../../../../packages/testing/data/request-shapes.json', import.meta.url));
/** Services whose requests local AWS reads by the models: those that speak JSON. */
const READ_BY_MODEL = ['ecs', 'logs', 'sqs'];

interface Report {
  /** Operations that were called, as `service:Operation`. */
  readonly called: readonly string[];
  readonly problems: readonly string[];
}

type Kept = Readonly<Record<string, { readonly operations: Readonly<Record<string, string>> }>>;

/** Every operation of local AWS is called by boto3, and each answer compared with botocore's models. */
export const awsModels: Scenario = {
  name: 'local AWS answers every operation it serves as botocore’s service models say',
  play: async (world) => {
    const aws = await world.aws();
    const report = JSON.parse(await runPython(world, 'check_models.py', [aws.url])) as Report;

    checkEqual(report.problems, [], 'answers that are not as the models say');
    checkEqual(
      servedBy(aws).filter((operation) => !report.called.includes(operation)),
      [],
      'operations that were not called',
    );
  },
};

/** The shapes that requests are read by are botocore's. `--write` rewrites them. */
export const awsRequestShapes: Scenario = {
  name: 'local AWS reads requests by the members of botocore’s service models',
  play: async (world) => {
    const operations = servedBy(await world.aws()).filter((name) => READ_BY_MODEL.includes(name.split(':')[0] ?? ''));
    const written = await runPython(world, 'write_request_shapes.py', operations);
    if (process.argv.includes('--write')) writeFileSync(SHAPES, written);
    const [here, kept] = [JSON.parse(written), JSON.parse(readFileSync(SHAPES, 'utf8'))];
    if (here.source === kept.source) {
      checkEqual(kept, here, 'shapes that are not the model’s');
    } else if (JSON.stringify(here.services) !== JSON.stringify(kept.services)) {
      console.log(`  ! ${SHAPES} is of ${kept.source}, here is ${here.source}: interop models --write`);
    }
    const known = Object.entries(kept.services as Kept).flatMap(([service, { operations: names }]) =>
      Object.keys(names).map((name) => `${service}:${name}`),
    );
    checkEqual([...operations].sort(), known.sort(), 'operations that have a shape');
  },
};

async function runPython(world: World, program: string, args: readonly string[]): Promise<string> {
  const path = fileURLToPath(new URL(`../../../aws/${program}`, import.meta.url));
  const { stdout } = await promisify(execFile)(join(world.parts.python.bin, 'python'), [path, ...args], {
    env: { PATH: process.env.PATH, HOME: world.parts.folder },
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout;
}

/** All operations, as `service:Operation`. */
function servedBy(aws: LocalAws): string[] {
  const { services } = aws.at(aws.account, aws.region);
  return Object.entries(services).flatMap(([service, operations]) =>
    Object.keys(operations).map((operation) => `${service}:${operation}`),
  );
}
