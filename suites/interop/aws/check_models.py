"""Calls every operation that a local AWS serves, and compares each answer with botocore's service models.

Usage: check_models.py ENDPOINT_URL. Prints one JSON object: botocore's version, the operations that were called, and
every problem: members that the model does not know, values of another type, texts outside an enumeration, required
members that are missing, and error codes that the operation cannot have.
"""

import datetime
import json
import sys
import xml.etree.ElementTree as ElementTree

import boto3
import botocore
from botocore.config import Config
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
REGION = "us-east-1"
# Codes that every operation may answer with, or that the service sends beside its model.
COMMON_ERRORS = {
    "ThrottlingException",
    "AccessDeniedException",
    "InvalidParameterException",
    "ClientException",
    "ValidationException",
}

problems = []
called = set()


def report(operation, path, text):
    problems.append(f"{operation}{path}: {text}")


def wire_name(name, shape):
    return shape.serialization.get("name", name)


def check_json(operation, shape, value, path):
    """Walks a JSON value along a shape."""
    kind = shape.type_name
    if value is None:
        report(operation, path, "null")
    elif kind == "structure":
        if not isinstance(value, dict):
            return report(operation, path, f"no object: {value!r}")
        members = {wire_name(name, member): member for name, member in shape.members.items()}
        for name, member in value.items():
            if name not in members:
                report(operation, f"{path}.{name}", "the model knows no such member")
            else:
                check_json(operation, members[name], member, f"{path}.{name}")
        for name in shape.required_members:
            if wire_name(name, shape.members[name]) not in value:
                report(operation, f"{path}.{name}", "required, and missing")
    elif kind == "list":
        if not isinstance(value, list):
            return report(operation, path, f"no list: {value!r}")
        for entry in value:
            check_json(operation, shape.member, entry, f"{path}[]")
    elif kind == "map":
        if not isinstance(value, dict):
            return report(operation, path, f"no object: {value!r}")
        for key, entry in value.items():
            check_json(operation, shape.key, key, f"{path}.<key>")
            check_json(operation, shape.value, entry, f"{path}.*")
    elif kind == "string":
        check_text(operation, shape, value, path)
    elif not is_scalar(kind, value):
        report(operation, path, f"no {kind}: {value!r}")


def is_scalar(kind, value):
    if kind == "boolean":
        return isinstance(value, bool)
    if kind in ("integer", "long"):
        return isinstance(value, int) and not isinstance(value, bool)
    if kind in ("float", "double", "timestamp"):
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, str)


def check_text(operation, shape, value, path):
    if not isinstance(value, str):
        report(operation, path, f"no text: {value!r}")
    elif getattr(shape, "enum", None) and value not in shape.enum:
        report(operation, path, f"not in the enumeration: {value!r}")


def check_xml(operation, shape, element, path):
    """Walks an XML element along a shape."""
    kind = shape.type_name
    if kind == "structure":
        members = {wire_name(name, member): member for name, member in shape.members.items()}
        for child in element:
            name = local_name(child)
            if name not in members:
                report(operation, f"{path}.{name}", "the model knows no such member")
            else:
                check_xml(operation, members[name], child, f"{path}.{name}")
    elif kind == "list":
        for child in element:
            check_xml(operation, shape.member, child, f"{path}[]")
    else:
        check_xml_scalar(operation, shape, element.text or "", path)


def check_xml_scalar(operation, shape, text, path):
    kind = shape.type_name
    if kind == "string":
        return check_text(operation, shape, text, path)
    try:
        if kind in ("integer", "long"):
            int(text)
        elif kind in ("float", "double"):
            float(text)
        elif kind == "timestamp":
            datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
        elif kind == "boolean" and text not in ("true", "false"):
            raise ValueError
    except ValueError:
        report(operation, path, f"no {kind}: {text!r}")


def local_name(element):
    return element.tag.rpartition("}")[2]


def check_answer(http_response=None, model=None, **_):
    """Called by botocore after each call, with the answer as it came."""
    service = model.service_model.service_name.replace("-", "")
    operation = f"{service}:{model.name}"
    called.add(operation)
    body = http_response.content
    if http_response.status_code >= 300:
        return check_error(operation, model, body)
    protocol = model.service_model.metadata["protocol"]
    # A model may name several protocols, of which botocore takes one.
    if "json" in http_response.headers.get("content-type", ""):
        if model.output_shape is not None:
            check_json(operation, model.output_shape, json.loads(body), "")
        return None
    if model.output_shape is None:
        return None
    root = ElementTree.fromstring(body)
    if protocol == "query":
        root = next(child for child in root if local_name(child) == f"{model.name}Result")
    else:
        for child in list(root):
            if local_name(child) == "requestId":
                root.remove(child)
    return check_xml(operation, model.output_shape, root, "")


def check_error(operation, model, body):
    """Error codes of the JSON services are in their models; those of EC2 and STS are not."""
    if model.service_model.metadata["protocol"] != "json":
        return
    code = json.loads(body).get("__type", "").rpartition("#")[2]
    known = {shape.name for shape in model.error_shapes} | COMMON_ERRORS
    if code not in known:
        report(operation, "", f"the model knows no error {code}")


def client(session, service, url):
    made = session.client(service, endpoint_url=url, config=Config(retries={"max_attempts": 0}))
    made.meta.events.register(f"after-call.{service}.*", check_answer)
    return made


def refused(call, **arguments):
    """Makes a call that must be refused."""
    try:
        call(**arguments)
    except ClientError:
        return
    problems.append(f"{call.__name__}: not refused, with {sorted(arguments)}")


def call_ecs(ecs, subnets):
    ecs.create_cluster(clusterName="mine", tags=[{"key": "a", "value": "b"}], settings=[])
    ecs.list_clusters()
    instances = ecs.list_container_instances(cluster="mine", status="ACTIVE")["containerInstanceArns"]
    ecs.describe_container_instances(cluster="mine", containerInstances=[*instances, "none"])
    ecs.describe_clusters(clusters=["mine", "none"], include=["TAGS", "SETTINGS", "CONFIGURATIONS"])
    call_providers(ecs, subnets)
    log_options = {"awslogs-group": "jobs", "awslogs-region": REGION, "awslogs-stream-prefix": "pool"}
    definition = ecs.register_task_definition(
        family="job",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/execution",
        taskRoleArn=f"arn:aws:iam::{ACCOUNT}:role/task",
        runtimePlatform={"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
        ephemeralStorage={"sizeInGiB": 30},
        volumes=[{"name": "data", "configuredAtLaunch": True}],
        tags=[{"key": "a", "value": "b"}],
        containerDefinitions=[
            {
                "name": "main",
                "image": "local-aws/simulated",
                "environment": [{"name": "LOCAL_AWS_SIMULATE", "value": "exit=3;lines=2"}],
                "healthCheck": {"command": ["CMD", "true"]},
                "portMappings": [{"containerPort": 80}],
                "logConfiguration": {"logDriver": "awslogs", "options": log_options},
            }
        ],
    )["taskDefinition"]["taskDefinitionArn"]
    ecs.describe_task_definition(taskDefinition="job", include=["TAGS"])
    ecs.list_task_definitions(familyPrefix="job")
    ecs.list_task_definition_families()
    request = {
        "taskDefinition": definition,
        "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": subnets, "assignPublicIp": "ENABLED"}},
    }
    once = {**request, "clientToken": "one", "startedBy": "me", "enableECSManagedTags": True, "count": 2}
    arns = [task["taskArn"] for task in ecs.run_task(**once)["tasks"]]
    ecs.get_waiter("tasks_stopped").wait(tasks=arns, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    ecs.run_task(**once)
    refused(ecs.run_task, **{**once, "startedBy": "you"})
    ecs.describe_tasks(tasks=[*arns, "none"], include=["TAGS"])
    ecs.list_tasks(family="job", desiredStatus="STOPPED", maxResults=1)
    ecs.stop_task(task=arns[0], reason="enough")
    for arguments in (
        {"cluster": "none"},
        {"cluster": f"arn:aws:ecs:eu-west-1:{ACCOUNT}:cluster/default"},
        {"taskDefinition": "none"},
        {"platformVersion": "9.9"},
        {"count": 11},
    ):
        refused(ecs.run_task, **{**request, **arguments})
    refused(ecs.stop_task, task="none")
    refused(ecs.describe_task_definition, taskDefinition="none")
    for resource in (definition, arns[0], f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/mine"):
        ecs.tag_resource(resourceArn=resource, tags=[{"key": "c", "value": "d"}])
        ecs.list_tags_for_resource(resourceArn=resource)
        ecs.untag_resource(resourceArn=resource, tagKeys=["c"])
    ecs.deregister_task_definition(taskDefinition=definition)
    refused(ecs.run_task, **request)
    ecs.delete_task_definitions(taskDefinitions=[definition])
    return arns[0].rpartition("/")[2]


def call_providers(ecs, subnets):
    ecs.create_capacity_provider(
        name="group",
        autoScalingGroupProvider={"autoScalingGroupArn": "group", "managedScaling": {"status": "ENABLED"}},
        tags=[{"key": "a", "value": "b"}],
    )
    ecs.create_capacity_provider(
        name="managed",
        cluster="mine",
        managedInstancesProvider={
            "infrastructureRoleArn": f"arn:aws:iam::{ACCOUNT}:role/infrastructure",
            "instanceLaunchTemplate": {
                "ec2InstanceProfileArn": f"arn:aws:iam::{ACCOUNT}:instance-profile/ecsInstanceRole",
                "networkConfiguration": {"subnets": subnets},
            },
        },
    )
    ecs.describe_capacity_providers(capacityProviders=["FARGATE", "group", "managed", "none"])
    ecs.put_cluster_capacity_providers(
        cluster="mine",
        capacityProviders=["group", "FARGATE"],
        defaultCapacityProviderStrategy=[{"capacityProvider": "managed", "weight": 1, "base": 1}],
    )
    ecs.register_task_definition(
        family="host", networkMode="host", memory="128", containerDefinitions=[{"name": "main", "image": "local-aws/simulated"}]
    )
    for strategy in ([], [{"capacityProvider": "group", "weight": 1}]):
        task = ecs.run_task(cluster="mine", taskDefinition="host", capacityProviderStrategy=strategy)["tasks"][0]["taskArn"]
        ecs.get_waiter("tasks_stopped").wait(cluster="mine", tasks=[task], WaiterConfig={"Delay": 1, "MaxAttempts": 30})
        ecs.describe_tasks(cluster="mine", tasks=[task])
    refused(ecs.delete_capacity_provider, capacityProvider="group")
    ecs.put_cluster_capacity_providers(cluster="mine", capacityProviders=[], defaultCapacityProviderStrategy=[])
    ecs.delete_capacity_provider(capacityProvider="group")


def call_logs(logs, stream):
    logs.put_retention_policy(logGroupName="jobs", retentionInDays=7)
    logs.create_log_stream(logGroupName="jobs", logStreamName="extra")
    now = int(datetime.datetime.now(datetime.timezone.utc).timestamp() * 1000)
    logs.put_log_events(
        logGroupName="jobs", logStreamName="extra", logEvents=[{"timestamp": 1, "message": "old"}, {"timestamp": now, "message": "hello"}]
    )
    logs.get_log_events(logGroupName="jobs", logStreamName=stream, startFromHead=True)
    logs.filter_log_events(logGroupName="jobs", filterPattern="hello")
    logs.describe_log_groups(logGroupNamePrefix="jobs")
    logs.describe_log_streams(logGroupName="jobs", orderBy="LastEventTime", descending=True)
    refused(logs.get_log_events, logGroupName="jobs", logStreamName="none")
    refused(logs.create_log_stream, logGroupName="jobs", logStreamName="a:b")
    refused(logs.create_log_group, logGroupName="jobs")
    logs.delete_log_stream(logGroupName="jobs", logStreamName="extra")
    logs.delete_log_group(logGroupName="jobs")


def call_sqs(sqs):
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    policy = json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead", "maxReceiveCount": 3})
    url = sqs.create_queue(QueueName="queue", Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})
    sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    sqs.get_queue_url(QueueName="queue")
    sqs.list_queues()
    attributes = {"kind": {"DataType": "String", "StringValue": "x"}}
    sqs.send_message(QueueUrl=url, MessageBody="one", MessageAttributes=attributes)
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "two"}, {"Id": "2", "MessageBody": "three"}])
    received = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"]
    )["Messages"]
    handles = [message["ReceiptHandle"] for message in received]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handles[0], VisibilityTimeout=10)
    sqs.change_message_visibility_batch(
        QueueUrl=url,
        Entries=[
            {"Id": "1", "ReceiptHandle": handles[1], "VisibilityTimeout": 10},
            {"Id": "2", "ReceiptHandle": "gone", "VisibilityTimeout": 10},
        ],
    )
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handles[0])
    sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": "1", "ReceiptHandle": handles[1]}])
    refused(sqs.get_queue_url, QueueName="none")
    refused(sqs.change_message_visibility, QueueUrl=url, ReceiptHandle="gone", VisibilityTimeout=1)
    sqs.purge_queue(QueueUrl=url)
    sqs.delete_queue(QueueUrl=dead)


def call_network(ec2, vpc):
    ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    ec2.describe_nat_gateways(Filter=[{"Name": "vpc-id", "Values": [vpc]}])
    refused(ec2.describe_nat_gateways, NatGatewayIds=["nat-none"])
    ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [vpc]}])


def call_events(events):
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue"
    pattern = json.dumps({"source": ["aws.ecs"], "detail-type": ["ECS Task State Change"]})
    events.put_rule(Name="tasks", EventPattern=pattern, State="ENABLED")
    events.put_targets(Rule="tasks", Targets=[{"Id": "queue", "Arn": queue}])
    events.describe_rule(Name="tasks")
    events.list_rules(NamePrefix="tasks")
    events.list_rule_names_by_target(TargetArn=queue)
    events.list_targets_by_rule(Rule="tasks")
    refused(events.delete_rule, Name="tasks")
    events.remove_targets(Rule="tasks", Ids=["queue"])
    events.delete_rule(Name="tasks")
    refused(events.describe_rule, Name="tasks")


def call_iam(iam):
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecs:*", "Resource": "*"}]})
    role = iam.create_role(RoleName="models", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.get_role(RoleName="models")
    iam.put_role_policy(RoleName="models", PolicyName="p", PolicyDocument=policy)
    iam.simulate_principal_policy(PolicySourceArn=role, ActionNames=["ecs:RunTask", "s3:GetObject"], ResourceArns=["*"])
    iam.delete_role_policy(RoleName="models", PolicyName="p")
    iam.delete_role(RoleName="models")
    iam.put_user_policy(UserName="models", PolicyName="p", PolicyDocument=policy)
    iam.delete_user_policy(UserName="models", PolicyName="p")
    refused(iam.get_role, RoleName="none")


def call_ecr(ecr):
    ecr.create_repository(repositoryName="models")
    manifest = json.dumps({"schemaVersion": 2})
    ecr.put_image(repositoryName="models", imageManifest=manifest, imageTag="one")
    ecr.describe_images(repositoryName="models", imageIds=[{"imageTag": "one"}])
    ecr.batch_get_image(repositoryName="models", imageIds=[{"imageTag": "one"}, {"imageTag": "two"}])
    refused(ecr.describe_images, repositoryName="models", imageIds=[{"imageTag": "two"}])
    refused(ecr.describe_images, repositoryName="none")
    refused(ecr.create_repository, repositoryName="models")
    refused(ecr.describe_images, repositoryName="models", registryId="222222222222")


def call_quotas(quotas, cloudwatch):
    quotas.list_service_quotas(ServiceCode="fargate")
    quotas.get_service_quota(ServiceCode="fargate", QuotaCode="L-3032A538")
    quotas.get_aws_default_service_quota(ServiceCode="fargate", QuotaCode="L-3032A538")
    refused(quotas.get_service_quota, ServiceCode="fargate", QuotaCode="L-NONE")
    refused(quotas.get_aws_default_service_quota, ServiceCode="fargate", QuotaCode="L-NONE")
    usage = {"Service": "Fargate", "Type": "Resource", "Resource": "OnDemand", "Class": "None"}
    now = datetime.datetime.now(datetime.timezone.utc)
    cloudwatch.get_metric_statistics(
        Namespace="AWS/Usage",
        MetricName="ResourceCount",
        Dimensions=[{"Name": name, "Value": value} for name, value in usage.items()],
        StartTime=now - datetime.timedelta(minutes=10),
        EndTime=now,
        Period=300,
        Statistics=["Maximum"],
    )


def main():
    url = sys.argv[1]
    session = boto3.session.Session(aws_access_key_id="AKIAMODELS", aws_secret_access_key="any", region_name=REGION)
    ecs, ec2, logs, sqs, sts = (client(session, name, url) for name in ("ecs", "ec2", "logs", "sqs", "sts"))
    sts.get_caller_identity()
    sts.assume_role(RoleArn="arn:aws:iam::222222222222:role/other", RoleSessionName="models")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    ec2.describe_availability_zones()
    call_network(ec2, vpc)
    refused(ec2.describe_subnets, SubnetIds=["subnet-none"])
    logs.create_log_group(logGroupName="jobs")
    task_id = call_ecs(ecs, [subnet["SubnetId"] for subnet in subnets])
    call_logs(logs, f"pool/main/{task_id}")
    call_sqs(sqs)
    call_events(client(session, "events", url))
    call_iam(client(session, "iam", url))
    call_ecr(client(session, "ecr", url))
    call_quotas(client(session, "service-quotas", url), client(session, "cloudwatch", url))
    ecs.delete_cluster(cluster="mine")
    answer = {"botocore": botocore.__version__, "called": sorted(called), "problems": sorted(set(problems))}
    print(json.dumps(answer))


main()
