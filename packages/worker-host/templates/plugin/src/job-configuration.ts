import { BaseJobConfiguration, BaseVariables, Field, type FieldOptions } from '@worker-host/core';

const SHELL: FieldOptions = {
  wireName: 'shell',
  type: 'path?',
  title: 'Shell',
  description: "Shell that runs the job's command. Left empty, /bin/sh is used.",
};

/** What a job is launched with. `command`, `env`, `labels` and `name` are there already. */
export class JobConfiguration extends BaseJobConfiguration {
  @Field(SHELL)
  shell: string | null = null;
}

/** What the pool's form shows. */
export class JobVariables extends BaseVariables {
  @Field(SHELL)
  shell: string | null = null;
}
