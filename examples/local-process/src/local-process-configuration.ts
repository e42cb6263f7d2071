import { BaseJobConfiguration, BaseVariables, Field, type FieldOptions } from '@worker-host/core';

const WORKING_DIRECTORY: FieldOptions = {
  wireName: 'working_directory',
  type: 'path?',
  title: 'Working Directory',
  description: "Directory the job's command starts in. Left empty, a directory of the job's own is used.",
};

/** What a job is launched with. */
export class LocalProcessConfiguration extends BaseJobConfiguration {
  /** Absolute. Null: a directory of the job's own. */
  @Field(WORKING_DIRECTORY)
  workingDirectory: string | null = null;
}

/** What the pool's form shows. */
export class LocalProcessVariables extends BaseVariables {
  @Field(WORKING_DIRECTORY)
  workingDirectory: string | null = null;
}
