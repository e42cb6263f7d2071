/** Output of `local-aws --help`. */
export const HELP = `local-aws: an AWS of your own on this machine, for trying and testing ECS workers.

It answers AWS's SDKs and command line for ECS, EC2 (VPCs and subnets), CloudWatch Logs, SQS and STS. A task that is
launched really runs: its containers' commands are processes of this machine, with the environment the containers
define. Images are NOT run: what a command needs must be installed here. Everything is kept in memory and ends with it.

Usage: local-aws [options]

  --port N                  port to listen on (default 4566; 0 takes a free one)
  --host ADDRESS            address to listen on (default 127.0.0.1; anybody who reaches it can run commands as you)
  --region NAME             region in the printed exports (default us-east-1; every region is served)
  --account ID              account of unknown access keys (default 123456789012)
  --access-key KEY=ACCOUNT  account of this access key; may be repeated
  --throttling aws|off      refuse calls by AWS's documented token buckets (default off)
  --phases fast|realistic   time spent in PROVISIONING, PENDING and so on (default fast: some milliseconds)
  --requests aws|botocore   drop unknown members of requests, or refuse them as boto3 does (default aws)
  --events-queue NAME       create this SQS queue and send it an event for every change of a task
  --task-env NAME=VALUE     add to the environment of every task, such as PATH; may be repeated
  --secret VALUEFROM=VALUE  value for a container's secret of that valueFrom; may be repeated
  --workdir DIRECTORY       working directory of all tasks (default: an empty one for each task)
  --simulate RECIPE         run no processes: every task behaves as told, such as 'sleep=30;exit=0'
  --stop-timeout SECONDS    between SIGTERM and SIGKILL where a container says nothing (default 30)
  --container-instances N   EC2 instances of each cluster (default 1; 0: launches on EC2 are refused)
  --fault JSON              ask for a fault from the start; may be repeated
  --assume NAME=true|false  take what AWS does not state this way or that (see docs/local-aws.md)
  --seed N                  make chance and ids repeatable
  --keep                    leave the processes of tasks running at the end
  --json                    print one JSON object instead of export lines
  --help                    this text

Try it, from a second terminal after pasting the export lines:

  aws ecs register-task-definition --family hello --container-definitions \\
    '[{"name":"main","image":"any","memory":128,"command":["sh","-c","echo hello; sleep 5"]}]'
  aws ecs run-task --task-definition hello
  aws logs filter-log-events --log-group-name /local-aws/ecs --query 'events[].message'

Without awslogs options a container's output is in group /local-aws/ecs, stream local/<container>/<task id>.

Disturb it, and look at what was called (see docs/local-aws.md for all kinds of faults):

  curl -d '{"type":"throttle","operation":"RunTask","times":3}' $AWS_ENDPOINT_URL/_local-aws/faults
  curl -d '{"type":"spot-interruption"}'                         $AWS_ENDPOINT_URL/_local-aws/faults
  curl $AWS_ENDPOINT_URL/_local-aws/calls       also: /tasks, /health; DELETE .../faults clears

Exit codes: 0 ended by a signal, 1 could not start (such as: port in use), 2 wrong options.
`;
