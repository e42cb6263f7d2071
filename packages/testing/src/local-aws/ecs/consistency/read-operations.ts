/** The calls that may see tasks later than RunTask has launched them, or as they were before. */
export const READ_OPERATIONS = ['DescribeTasks', 'ListTasks', 'StopTask'] as const;

export type ReadOperation = (typeof READ_OPERATIONS)[number];

/** What disturbed reads concern unless a fault names operations. */
export const DEFAULT_READ_OPERATIONS: readonly ReadOperation[] = ['DescribeTasks', 'ListTasks'];

/** Whether a value names an operation whose reads can be disturbed. */
export function isReadOperation(value: unknown): value is ReadOperation {
  return READ_OPERATIONS.includes(value as ReadOperation);
}
