import { Field } from './field.js';

/** A class of variables: its fields become the form of a work pool. */
export type VariablesClass = abstract new () => BaseVariables;

/** Fields in the form of every pool. Plugins add fields in a subclass. */
export class BaseVariables {
  @Field({
    wireName: 'name',
    type: 'string?',
    title: 'Name',
    description: 'Name of the job on the infrastructure. Default: the name of the run.',
  })
  name: string | null = null;

  @Field({
    wireName: 'env',
    type: 'map<string?>',
    title: 'Environment Variables',
    description: 'Environment variables of the job, by name. Null removes a variable.',
  })
  env: Record<string, string | null> = {};

  @Field({
    wireName: 'labels',
    type: 'map<string>',
    title: 'Labels',
    description: 'Labels of the infrastructure of the job, in addition to those that name run, deployment and worker.',
  })
  labels: Record<string, string> = {};

  @Field({
    wireName: 'command',
    type: 'string?',
    title: 'Command',
    description: 'Command line of the job. Default: the command that executes the run.',
  })
  command: string | null = null;
}
