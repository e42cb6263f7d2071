import {
  BaseJobConfiguration,
  BaseVariables,
  type ConfigurationProblem,
  Field,
  type FieldOptions,
} from '@worker-host/core';

const NAMESPACE: FieldOptions = {
  wireName: 'namespace',
  type: 'string',
  title: 'Namespace',
  default: 'default',
  description: 'Namespace that the job runs in.',
};
const IMAGE: FieldOptions = {
  wireName: 'image',
  type: 'string?',
  title: 'Image',
  description: 'Container image of the job, with its tag. Required before a run can be launched.',
};
const PULL_POLICY: FieldOptions = {
  wireName: 'image_pull_policy',
  type: { enum: ['IfNotPresent', 'Always', 'Never'] },
  title: 'Image Pull Policy',
  default: 'IfNotPresent',
  description: 'When the node pulls the image.',
};
const SERVICE_ACCOUNT: FieldOptions = {
  wireName: 'service_account_name',
  type: 'string?',
  title: 'Service Account Name',
  description: "Service account of the job's pod. Left empty, that of the namespace is used.",
};
const CPU: FieldOptions = {
  wireName: 'cpu',
  type: 'string?',
  title: 'CPU',
  description: 'CPU that the job requests, and may use at most, such as 500m or 2.',
};
const MEMORY: FieldOptions = {
  wireName: 'memory',
  type: 'string?',
  title: 'Memory',
  description: 'Memory that the job requests, and may use at most, such as 512Mi.',
};
const KEEP_SECONDS: FieldOptions = {
  wireName: 'keep_finished_seconds',
  type: 'integer',
  title: 'Keep Finished Seconds',
  default: 86_400,
  description: 'How long Kubernetes keeps a finished job. A worker that is away for longer cannot tell how it ended.',
};
const POD_SPEC: FieldOptions = {
  wireName: 'pod_spec',
  type: 'object',
  title: 'Pod Spec',
  default: {},
  description: 'Put over the spec of the pod: tolerations, nodeSelector, volumes, imagePullSecrets.',
};

/** Configuration of a job. */
export class KubernetesConfiguration extends BaseJobConfiguration {
  @Field(NAMESPACE)
  namespace = 'default';

  @Field(IMAGE)
  image: string | null = null;

  @Field(PULL_POLICY)
  imagePullPolicy = 'IfNotPresent';

  @Field(SERVICE_ACCOUNT)
  serviceAccountName: string | null = null;

  @Field(CPU)
  cpu: string | null = null;

  @Field(MEMORY)
  memory: string | null = null;

  /** Seconds. */
  @Field(KEEP_SECONDS)
  keepFinishedSeconds = 86_400;

  @Field(POD_SPEC)
  podSpec: Record<string, unknown> = {};

  protected override problems(): readonly ConfigurationProblem[] {
    const { keepFinishedSeconds, podSpec } = this;
    const problems: ConfigurationProblem[] = [];
    if (keepFinishedSeconds < 60)
      problems.push({
        path: 'keep_finished_seconds',
        expected: 'at least 60',
        found: String(keepFinishedSeconds),
        suggestion: '86400',
      });
    for (const name of Object.keys(this.env))
      if (!/^[-._a-zA-Z0-9]+$/.test(name))
        problems.push({
          path: `env.${name}`,
          expected: 'a name of letters, digits, _, - and .',
          found: 'another',
          suggestion: null,
        });
    for (const name of ['containers', 'restartPolicy'])
      if (Object.hasOwn(podSpec, name))
        problems.push({ path: `pod_spec.${name}`, expected: 'nothing', found: 'a value', suggestion: null });
    return problems;
  }
}

/** Fields in the pool's form. */
export class KubernetesVariables extends BaseVariables {
  @Field(NAMESPACE)
  namespace = 'default';

  @Field(IMAGE)
  image: string | null = null;

  @Field(PULL_POLICY)
  imagePullPolicy = 'IfNotPresent';

  @Field(SERVICE_ACCOUNT)
  serviceAccountName: string | null = null;

  @Field(CPU)
  cpu: string | null = null;

  @Field(MEMORY)
  memory: string | null = null;

  @Field(KEEP_SECONDS)
  keepFinishedSeconds = 86_400;

  @Field(POD_SPEC)
  podSpec: Record<string, unknown> = {};
}
