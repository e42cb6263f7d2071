import { LaunchRefused, WorkerError, WorkerNotReadyError } from '@worker-host/core';

/** The Kubernetes API is unreachable, or temporarily unable to respond. The host retries. */
export class KubernetesUnavailableError extends WorkerError {
  readonly code = 'KUBERNETES_UNAVAILABLE';

  constructor(what: string, problem: string, options?: ErrorOptions) {
    super(`${what} failed: the Kubernetes API is not available (${problem}). The call is repeated.`, {
      ...options,
      details: { what, problem },
    });
  }
}

/** The Kubernetes API rejects the worker's credentials, or their permissions. */
export class KubernetesAccessError extends WorkerNotReadyError {
  override readonly code = 'KUBERNETES_ACCESS_REFUSED';

  constructor(what: string, status: number, reason: string, options?: ErrorOptions) {
    super(
      'kubernetes',
      `${what} was refused with ${status} ${reason}. Check the worker's credentials and its role.`,
      options,
    );
  }
}

/** No cluster is configured, or its configuration is invalid. */
export class KubernetesConfigError extends WorkerNotReadyError {
  override readonly code = 'KUBERNETES_CONFIG_UNUSABLE';

  constructor(source: string, problem: string, options?: ErrorOptions) {
    super('kubernetes', `${source}: ${problem}. Run inside a cluster, or name a kubeconfig with KUBECONFIG.`, options);
  }
}

/** The job cannot be launched with its configuration. */
export class KubernetesJobRefusedError extends LaunchRefused {
  override readonly code = 'KUBERNETES_JOB_REFUSED';

  constructor(flowRunId: string, problem: string, options?: ErrorOptions) {
    super(`Kubernetes does not take the job [flowRunId=${flowRunId}]: ${problem}. Correct the job variables.`, {
      ...options,
      details: { flowRunId, problem },
    });
  }
}
