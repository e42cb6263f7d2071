/** Operations that can see tasks later than RunTask has launched them, or in an earlier state. */
export const READ_OPERATIONS = ['DescribeTasks', 'ListTasks', 'StopTask'] as const;

export type ReadOperation = (typeof READ_OPERATIONS)[number];

/** Operations that disturbed reads affect by default. */
export const DEFAULT_READ_OPERATIONS: readonly ReadOperation[] = ['DescribeTasks', 'ListTasks'];

/** Returns whether a value names an operation whose reads can be disturbed. */
export function isReadOperation(value: unknown): value is ReadOperation {
  return READ_OPERATIONS.includes(value as ReadOperation);
}
