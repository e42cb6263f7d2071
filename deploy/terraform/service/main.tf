# A worker of worker-host as an ECS service on Fargate: log group, roles, task definition, service, metrics and an alarm, and with
# max_count scaling by taken slots and by the age of the oldest due run. A rolling update starts the new worker before the old one
# stops; the old one releases its runs, and the new one resumes them.
# The same as packages/worker-ecs/templates/service.yaml; a test keeps the two equal.

terraform {
  required_version = ">= 1.3"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.0" }
  }
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  partition  = data.aws_partition.current.partition
  account_id = data.aws_caller_identity.current.account_id
  region     = data.aws_region.current.name
  ecs        = "arn:${local.partition}:ecs:${local.region}:${local.account_id}"
  namespace  = "worker-host/${var.name}"
  has_key    = var.prefect_api_key_secret_arn != ""
  has_topic  = var.alarm_topic_arn != ""
  scales     = var.max_count != ""
  # Jobs have roles.
  passes_roles = length(var.passed_role_arns) > 0
  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_cloudwatch_log_group" "log" {
  name              = "/worker-host/${var.name}"
  retention_in_days = var.log_retention_days
}

resource "aws_iam_role" "execution_role" {
  name_prefix        = "${substr(var.name, 0, 27)}-execution-"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy_attachment" "execution_role" {
  role       = aws_iam_role.execution_role.name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_iam_role_policy" "execution_role_key" {
  count = local.has_key ? 1 : 0
  name  = "key"
  role  = aws_iam_role.execution_role.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = var.prefect_api_key_secret_arn
    }]
  })
}

resource "aws_iam_role" "worker_role" {
  name_prefix        = "${substr(var.name, 0, 30)}-worker-"
  assume_role_policy = local.trust
}

# What `worker-host iam --pool POOL --role worker` writes for a pool; here for all families and log groups of the account.
resource "aws_iam_role_policy" "worker_role" {
  name = "worker"
  role = aws_iam_role.worker_role.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Launch"
        Effect    = "Allow"
        Action    = "ecs:RunTask"
        Resource  = "${local.ecs}:task-definition/*"
        Condition = { ArnEquals = { "ecs:cluster" = "${local.ecs}:cluster/${var.cluster}" } }
      },
      {
        Sid      = "Tasks"
        Effect   = "Allow"
        Action   = ["ecs:DescribeTasks", "ecs:StopTask", "ecs:TagResource"]
        Resource = "${local.ecs}:task/${var.cluster}/*"
      },
      {
        Sid      = "DefinitionTags"
        Effect   = "Allow"
        Action   = "ecs:TagResource"
        Resource = "${local.ecs}:task-definition/*"
      },
      {
        Sid    = "Definitions"
        Effect = "Allow"
        Action = [
          "ec2:DescribeSubnets",
          "ec2:DescribeVpcs",
          "ecs:DeregisterTaskDefinition",
          "ecs:DescribeTaskDefinition",
          "ecs:ListTasks",
          "ecs:RegisterTaskDefinition",
        ]
        Resource = "*"
      },
      {
        Sid      = "Output"
        Effect   = "Allow"
        Action   = ["logs:FilterLogEvents", "logs:GetLogEvents"]
        Resource = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:*"
      },
      {
        Sid    = "Events"
        Effect = "Allow"
        Action = [
          "sqs:ChangeMessageVisibility",
          "sqs:DeleteMessage",
          "sqs:GetQueueAttributes",
          "sqs:GetQueueUrl",
          "sqs:ReceiveMessage",
        ]
        Resource = "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${var.queue_name}"
      },
      # Where jobs have no roles, none can be passed.
      {
        Sid       = "Roles"
        Effect    = local.passes_roles ? "Allow" : "Deny"
        Action    = "iam:PassRole"
        Resource  = local.passes_roles ? var.passed_role_arns : ["*"]
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      },
    ]
  })
}

resource "aws_ecs_task_definition" "definition" {
  family                   = var.name
  cpu                      = var.cpu
  memory                   = var.memory
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  execution_role_arn       = aws_iam_role.execution_role.arn
  task_role_arn            = aws_iam_role.worker_role.arn
  container_definitions = jsonencode([{
    name    = "worker"
    image   = var.image
    command = ["start", "--type", "ecs", "--with-healthcheck"]
    # A worker that is told to stop releases its runs within 10 seconds.
    stopTimeout            = 30
    readonlyRootFilesystem = true
    # Fails where only a restart helps; an outage of AWS or of the control plane does not make it fail.
    healthCheck = {
      command = [
        "CMD",
        "node",
        "-e",
        "fetch('http://127.0.0.1:8080/health').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))",
      ]
      interval    = 30
      timeout     = 10
      retries     = 3
      startPeriod = 60
    }
    environment = [
      { name = "WORKER_HOST_POOL", value = var.pool_name },
      { name = "WORKER_HOST_LIMIT", value = tostring(var.run_limit) },
      { name = "WORKER_HOST_LOG_FORMAT", value = "json" },
      # The metrics below are made of these lines.
      { name = "WORKER_HOST_LOAD_LOG_SECONDS", value = "60" },
      { name = "PREFECT_API_URL", value = var.prefect_api_url },
      { name = "PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME", value = var.queue_name },
    ]
    secrets = local.has_key ? [{ name = "PREFECT_API_KEY", valueFrom = var.prefect_api_key_secret_arn }] : []
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        "awslogs-group"         = aws_cloudwatch_log_group.log.name
        "awslogs-region"        = local.region
        "awslogs-stream-prefix" = "worker"
      }
    }
  }])
}

# One of the two services is there. What a resource ignores cannot depend on a variable, and the number of workers belongs to the
# scaling where there is one.
resource "aws_ecs_service" "service" {
  count           = local.scales ? 0 : 1
  name            = var.name
  cluster         = var.cluster
  task_definition = aws_ecs_task_definition.definition.arn
  launch_type     = "FARGATE"
  desired_count   = var.desired_count
  # The new worker is there before the old one stops.
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
  network_configuration {
    subnets          = var.subnets
    security_groups  = length(var.security_groups) > 0 ? var.security_groups : null
    assign_public_ip = var.assign_public_ip == "ENABLED"
  }
  # A worker needs its rights from the first moment on.
  depends_on = [
    aws_iam_role_policy.execution_role_key,
    aws_iam_role_policy.worker_role,
    aws_iam_role_policy_attachment.execution_role,
  ]
}

# Without max_count: the service above.
resource "aws_ecs_service" "scaled_service" {
  count           = local.scales ? 1 : 0
  name            = var.name
  cluster         = var.cluster
  task_definition = aws_ecs_task_definition.definition.arn
  launch_type     = "FARGATE"
  desired_count   = var.desired_count
  # The new worker is there before the old one stops.
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
  network_configuration {
    subnets          = var.subnets
    security_groups  = length(var.security_groups) > 0 ? var.security_groups : null
    assign_public_ip = var.assign_public_ip == "ENABLED"
  }
  # A worker needs its rights from the first moment on.
  depends_on = [
    aws_iam_role_policy.execution_role_key,
    aws_iam_role_policy.worker_role,
    aws_iam_role_policy_attachment.execution_role,
  ]
  lifecycle {
    ignore_changes = [desired_count]
  }
}

resource "aws_cloudwatch_log_metric_filter" "slots_taken" {
  name           = "${var.name}-slots-taken"
  log_group_name = aws_cloudwatch_log_group.log.name
  pattern        = "{ ($.event = \"load\") && ($.slotsTakenPercent >= 0) }"
  metric_transformation {
    namespace = local.namespace
    name      = "SlotsTakenPercent"
    value     = "$.slotsTakenPercent"
    unit      = "Percent"
  }
}

resource "aws_cloudwatch_log_metric_filter" "oldest_due" {
  name           = "${var.name}-oldest-due"
  log_group_name = aws_cloudwatch_log_group.log.name
  pattern        = "{ ($.event = \"load\") && ($.oldestDueSeconds >= 0) }"
  metric_transformation {
    namespace = local.namespace
    name      = "OldestDueSeconds"
    value     = "$.oldestDueSeconds"
    unit      = "Seconds"
  }
}

resource "aws_appautoscaling_target" "scaling" {
  count              = local.scales ? 1 : 0
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${var.cluster}/${aws_ecs_service.scaled_service[0].name}"
  min_capacity       = var.desired_count
  max_capacity       = tonumber(var.max_count)
}

# Keeps slots free for bursts, and takes workers away when few are taken.
resource "aws_appautoscaling_policy" "scale_by_slots" {
  count              = local.scales ? 1 : 0
  name               = "${var.name}-slots"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.scaling[0].service_namespace
  scalable_dimension = aws_appautoscaling_target.scaling[0].scalable_dimension
  resource_id        = aws_appautoscaling_target.scaling[0].resource_id
  target_tracking_scaling_policy_configuration {
    target_value       = var.slots_target_percent
    scale_out_cooldown = 60
    scale_in_cooldown  = 300
    customized_metric_specification {
      namespace   = local.namespace
      metric_name = "SlotsTakenPercent"
      statistic   = "Average"
      unit        = "Percent"
    }
  }
}

# Adds workers where runs wait although slots are free, as when one worker claims too slowly.
resource "aws_appautoscaling_policy" "scale_by_age" {
  count              = local.scales ? 1 : 0
  name               = "${var.name}-age"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.scaling[0].service_namespace
  scalable_dimension = aws_appautoscaling_target.scaling[0].scalable_dimension
  resource_id        = aws_appautoscaling_target.scaling[0].resource_id
  step_scaling_policy_configuration {
    adjustment_type         = "ChangeInCapacity"
    cooldown                = 120
    metric_aggregation_type = "Maximum"
    step_adjustment {
      metric_interval_lower_bound = 0
      metric_interval_upper_bound = 300
      scaling_adjustment          = 1
    }
    step_adjustment {
      metric_interval_lower_bound = 300
      scaling_adjustment          = 2
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "oldest_run" {
  alarm_name          = "${var.name}-oldest-run"
  alarm_description   = "Runs are due, and no worker claims them."
  namespace           = local.namespace
  metric_name         = "OldestDueSeconds"
  statistic           = "Maximum"
  unit                = "Seconds"
  period              = 60
  evaluation_periods  = 2
  threshold           = var.oldest_run_seconds
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions = concat(
    local.scales ? [aws_appautoscaling_policy.scale_by_age[0].arn] : [],
    local.has_topic ? [var.alarm_topic_arn] : [],
  )
}
