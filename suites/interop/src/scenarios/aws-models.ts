import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { checkEqual } from '../harness/checks.js';
import type { Scenario } from '../harness/scenario.js';

const PROGRAM = fileURLToPath(new URL('../../../aws/check_models.py', import.meta.url));

interface Report {
  /** Operations that were called, as `service:Operation`. */
  readonly called: readonly string[];
  readonly problems: readonly string[];
}

/** Every operation of local AWS is called by boto3, and each answer compared with botocore's models. */
export const awsModels: Scenario = {
  name: 'local AWS answers every operation it serves as botocore’s service models say',
  play: async (world) => {
    const aws = await world.aws();
    const python = join(world.parts.python.bin, 'python');
    const { stdout } = await promisify(execFile)(python, [PROGRAM, aws.url], {
      env: { PATH: process.env.PATH, HOME: world.parts.folder },
      maxBuffer: 16 * 1024 * 1024,
    });
    const report = JSON.parse(stdout) as Report;

    checkEqual(report.problems, [], 'answers that are not as the models say');
    const { services } = aws.at(aws.account, aws.region);
    const served = Object.entries(services).flatMap(([service, operations]) =>
      Object.keys(operations).map((operation) => `${service}:${operation}`),
    );
    checkEqual(
      served.filter((operation) => !report.called.includes(operation)),
      [],
      'operations that were not called',
    );
  },
};
