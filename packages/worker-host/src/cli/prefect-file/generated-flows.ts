/** Name of the file with the flows, next to prefect.yaml. */
export const FLOWS_FILE = 'worker_host_flows.py';

/** A flow that runs the command of a deployment. */
export interface GeneratedFlow {
  /** Name of the deployment and of the flow. */
  readonly name: string;
  readonly functionName: string;
  /** Null: the deployment has none, so its job runs the command of the image. */
  readonly command: string | null;
  readonly parameters: readonly string[];
}

const HEAD = `"""Flows for the deployments in prefect.yaml that have a command instead of a flow, written by worker-host export.

Each runs its command as a child process, and completes if the command exits with 0.
"""

import json
import os
import shlex
import subprocess

from prefect import flow


def run_command(command, parameters):
    given = {name: value for name, value in parameters.items() if value is not None}
    environment = dict(os.environ)
    if given:
        environment["WORKER_HOST_PARAMETERS"] = json.dumps(given)
    subprocess.run(shlex.split(command), env=environment, check=True)
`;

/** Returns Python code with flows that run the commands. */
export function writeFlows(flows: readonly GeneratedFlow[]): string {
  return `${[HEAD, ...flows.map(writeFlow)].join('\n\n')}`;
}

function writeFlow({ name, functionName, command, parameters }: GeneratedFlow): string {
  const names = parameters.filter(isIdentifier);
  const given = names.map((parameter) => `${JSON.stringify(parameter)}: ${parameter}`).join(', ');
  const body =
    command === null
      ? `raise RuntimeError("This deployment had no command: write here what its image runs")`
      : `run_command(${JSON.stringify(command)}, {${given}})`;
  return `@flow(name=${JSON.stringify(name)})
def ${functionName}(${names.map((parameter) => `${parameter}=None`).join(', ')}):
    ${body}
`;
}

/** Python keywords are not valid names. */
function isIdentifier(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !KEYWORDS.has(name);
}

const KEYWORDS = new Set(
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(
    ' ',
  ),
);
