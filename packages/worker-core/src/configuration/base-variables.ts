import { Field } from './field.js';

/** A class of variables: its fields become the form of a work pool. */
export type VariablesClass = abstract new () => BaseVariables;

/** What every pool's form shows. Plugins add fields by subclassing. */
export class BaseVariables {
  @Field({
    wireName: 'name',
    type: 'string?',
    title: 'Name',
    description: 'Name of the job on the infrastructure. Left empty, the name of the run is used.',
  })
  name: string | null = null;

  @Field({
    wireName: 'env',
    type: 'map<string?>',
    title: 'Environment Variables',
    description: 'Environment variables of the job, by name. A null value takes a variable away.',
  })
  env: Record<string, string | null> = {};

  @Field({
    wireName: 'labels',
    type: 'map<string>',
    title: 'Labels',
    description: 'Labels put on the infrastructure of the job, beside the ones that tell run, deployment and worker.',
  })
  labels: Record<string, string> = {};

  @Field({
    wireName: 'command',
    type: 'string?',
    title: 'Command',
    description: 'Command line of the job. Usually left empty: then the worker chooses the one that executes the run.',
  })
  command: string | null = null;
}
