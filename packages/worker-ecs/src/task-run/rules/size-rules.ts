import { type ConfigurationProblem, type JsonValue, showValue } from '@worker-host/core';
import { amountIn } from '../../members/amounts.js';
import { jsonText } from '../../utilities/json-text.js';
import { sizeNumber } from '../../utilities/size-number.js';
import { runsOnFargate } from '../capacity.js';
import { nearestFargateMemory, smallestCpuWith } from './fargate-sizes.js';
import { objectOf, type TaskRunRule, type TaskRunToCheck } from './task-run-to-check.js';

/** CPU and memory of a task on Fargate, where they take effect. */
interface Size {
  readonly cpu: JsonValue | undefined;
  readonly memory: JsonValue | undefined;
  readonly paths: { readonly cpu: string; readonly memory: string };
}

const UNIT_OF = { cpu: 'vCPU', memory: 'GB' } as const;
/** CPU units and MiB have no fractions, so another unit was intended. */
const FRACTION = /^\s*\d*\.\d*[1-9]\d*\s*$/;

/** Sizes are integers, or have a unit. */
export const sizeReadable: TaskRunRule = (run) => {
  const problems = sizesOf(run).flatMap((size) => [
    ...unreadable('cpu', size, 'CPU units, such as 1024, or "1 vCPU"'),
    ...unreadable('memory', size, 'MiB, such as 2048, or "2 GB"'),
  ]);
  return distinct(problems);
};

/** Fargate offers pairs of CPU and memory. An unknown CPU is left to AWS. */
export const fargatePair: TaskRunRule = (run) => {
  const problems = sizesOf(run).flatMap(({ cpu: writtenCpu, memory: writtenMemory, paths }) => {
    const [cpu, memoryMib] = [sizeNumber(jsonText(writtenCpu)), sizeNumber(jsonText(writtenMemory))];
    const wrong = nearestFargateMemory(cpu, memoryMib);
    if (!wrong) return [];
    const enough = smallestCpuWith(memoryMib);
    return [
      {
        path: paths.memory,
        expected: `with cpu ${cpu} on Fargate one of ${wrong.all.join(', ')} MiB`,
        found: jsonText(memoryMib),
        suggestion: `memory ${wrong.nearest}${enough === null ? '' : `, or cpu ${enough}`}`,
      },
    ];
  });
  return distinct(problems);
};

/** Checks the size with which a definition for Fargate is registered, and the one with which it is run. */
function sizesOf({ request, taskDefinition, configuration }: TaskRunToCheck): readonly Size[] {
  const { cpu, memory, requiresCompatibilities } = taskDefinition;
  const overrides = objectOf(request.overrides);
  const pathOf = (name: 'cpu' | 'memory'): string =>
    configuration.taskDefinition[name] !== undefined && overrides[name] === undefined
      ? `task_definition.${name}`
      : name;
  const paths = { cpu: pathOf('cpu'), memory: pathOf('memory') };
  const isForFargate = Array.isArray(requiresCompatibilities) && requiresCompatibilities.includes('FARGATE');
  return [
    ...(isForFargate ? [{ cpu, memory, paths }] : []),
    ...(runsOnFargate(request) ? [{ cpu: overrides.cpu ?? cpu, memory: overrides.memory ?? memory, paths }] : []),
  ];
}

function unreadable(
  name: 'cpu' | 'memory',
  { paths, ...values }: Size,
  expected: string,
): readonly ConfigurationProblem[] {
  const { [name]: value } = values;
  const text = jsonText(value);
  const isFraction = FRACTION.test(text);
  if (value === undefined || (!isFraction && !Number.isNaN(sizeNumber(text)))) return [];
  const amount = isFraction ? `"${text.trim()} ${UNIT_OF[name]}"` : amountIn(text, name);
  const suggestion = amount === null ? null : jsonText(amount);
  return [{ path: paths[name], expected, found: showValue(value), suggestion }];
}

function distinct(problems: readonly ConfigurationProblem[]): readonly ConfigurationProblem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}
