import { BaseJobConfiguration, BaseVariables, Field, type FieldOptions } from '@worker-host/core';

const WORKING_DIRECTORY: FieldOptions = {
  wireName: 'working_directory',
  type: 'path?',
  title: 'Working Directory',
  description: "Directory the job's command starts in. Left empty, a directory of the job's own is used.",
};

/** Configuration of a job. */
export class LocalProcessConfiguration extends BaseJobConfiguration {
  /** Absolute path. Null: a separate directory for the job. */
  @Field(WORKING_DIRECTORY)
  workingDirectory: string | null = null;
}

/** Fields in the pool's form. */
export class LocalProcessVariables extends BaseVariables {
  @Field(WORKING_DIRECTORY)
  workingDirectory: string | null = null;
}
