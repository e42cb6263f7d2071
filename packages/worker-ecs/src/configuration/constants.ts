/** Defaults of AWS and of Prefect's pools. */
export const CONTAINER_NAME = 'prefect';
export const DEFAULT_CPU = 1024;
export const DEFAULT_MEMORY_MIB = 2048;
export const DEFAULT_LAUNCH_TYPE = 'FARGATE';
export const LAUNCH_TYPES = ['FARGATE', 'EC2', 'EXTERNAL', 'FARGATE_SPOT', 'MANAGED_INSTANCES'] as const;
/** Characters that AWS allows in the value of a tag. */
export const MOST_VALUE_CHARACTERS = 256;
export const DEREGISTER_TAG = 'prefect.io/degregister-task-definition';
