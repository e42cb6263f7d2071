import type { Attempt } from '@worker-host/core';
import type { KubernetesConfiguration } from '../kubernetes-configuration.js';
import { ANNOTATIONS, LABELS } from './job-identity.js';

export const CONTAINER = 'job';

/** Input of a manifest in addition to the configuration. */
export interface Launch {
  readonly name: string;
  readonly attempt: Attempt;
  readonly poolLabel: string;
}

/** The Job of a launch: one pod, one container, one attempt. Its environment comes from a Secret of the same name. */
export function jobManifest({ name, attempt, poolLabel }: Launch, configuration: KubernetesConfiguration): object {
  const { image, imagePullPolicy, serviceAccountName, command, cpu, memory, keepFinishedSeconds, podSpec } =
    configuration;
  const labels = { [LABELS.launch]: name, [LABELS.pool]: poolLabel, [LABELS.flowRun]: labelValue(attempt.flowRunId) };
  const annotations = { ...configuration.labels, [ANNOTATIONS.attempt]: attempt.id };
  const resources = { ...(cpu && { cpu }), ...(memory && { memory }) };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      labels: { ...validLabels(configuration.labels), ...labels },
      annotations: annotationsOf(annotations),
    },
    spec: {
      backoffLimit: 0,
      ttlSecondsAfterFinished: keepFinishedSeconds,
      template: {
        metadata: { labels },
        spec: {
          ...podSpec,
          restartPolicy: 'Never',
          ...(serviceAccountName && { serviceAccountName }),
          containers: [
            {
              name: CONTAINER,
              image,
              imagePullPolicy,
              ...(command && { command: ['/bin/sh', '-c', command] }),
              envFrom: [{ secretRef: { name } }],
              resources: { requests: resources, limits: resources },
            },
          ],
        },
      },
    },
  };
}

/** The Secret with the environment of a launch. It is deleted with its job. */
export function environmentSecret({ name, poolLabel }: Launch, { env }: KubernetesConfiguration, jobUid: string) {
  const values = Object.entries(env).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      labels: { [LABELS.launch]: name, [LABELS.pool]: poolLabel },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid: jobUid }],
    },
    type: 'Opaque',
    data: Object.fromEntries(values.map(([variable, value]) => [variable, Buffer.from(value).toString('base64')])),
  };
}

/** Labels that are valid in Kubernetes unchanged; all labels are also annotations. */
function validLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).filter(([name, value]) => isName(name) && labelValue(value) === value),
  );
}

function annotationsOf(all: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => isName(name)));
}

function isName(name: string): boolean {
  return /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(name);
}

function labelValue(text: string): string {
  return text
    .replace(/[^-A-Za-z0-9_.]/g, '-')
    .slice(0, 63)
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
}
