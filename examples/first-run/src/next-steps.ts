/** How to continue after the first run. */
export function renderNextSteps(): string {
  return `How to go on

  Your own command, on this machine (local AWS in one terminal, the rest in another)
    npx -y pnpm@10 start -- --keep

  On real AWS
    export AWS_PROFILE=my-profile AWS_REGION=eu-central-1
    ./node_modules/.bin/worker-host start --type ecs --pool p
    ./node_modules/.bin/worker-host run --pool p --watch -- echo hello     # in another terminal

  With a Prefect server or Prefect Cloud
    export PREFECT_API_URL=http://127.0.0.1:4200/api
    ./node_modules/.bin/worker-host start --type ecs --pool my-ecs-pool

  What it can do: README.md, docs/cli.md
`;
}

/** The commands for another terminal while worker and local AWS keep running. */
export function renderKeepHelp(environment: Readonly<Record<string, string>>, poolName: string): string {
  const exports = Object.entries(environment).map(
    ([name, value]) => `  export ${name}='${value.replaceAll("'", `'"'"'`)}'`,
  );
  return `Worker and local AWS run on; Ctrl-C ends both. In another terminal, from this directory:

${exports.join('\n')}

  ./node_modules/.bin/worker-host run --pool ${poolName} --watch -- sh -c 'echo hello from $(hostname)'
  ./node_modules/.bin/worker-host runs ls
  aws ecs list-tasks --desired-status STOPPED     # any AWS tool sees the tasks, too
`;
}
