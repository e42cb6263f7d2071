variable "name" {
  type        = string
  default     = "worker-host-service"
  description = "Name of the service, and prefix of what belongs to it. CloudFormation takes the name of the stack."
}

variable "pool_name" {
  type        = string
  description = "Work pool that the worker serves."
}

variable "image" {
  type        = string
  description = "Image that has worker-host and its ECS plugin, started by the command worker-host."
}

variable "cluster" {
  type        = string
  default     = "default"
  description = "Name of the cluster that the worker runs in, and that it launches tasks in."
}

variable "subnets" {
  type        = list(string)
  description = "Subnets of the worker. They need a way to the control plane and to AWS."
}

variable "security_groups" {
  type        = list(string)
  default     = []
  description = "Security groups of the worker. Empty, the default group of the VPC."
}

variable "assign_public_ip" {
  type        = string
  default     = "DISABLED"
  description = "ENABLED in subnets whose way out is an internet gateway."

  validation {
    condition     = contains(["ENABLED", "DISABLED"], var.assign_public_ip)
    error_message = "assign_public_ip is ENABLED or DISABLED."
  }
}

variable "prefect_api_url" {
  type        = string
  description = "API URL of the Prefect server or workspace."
}

variable "prefect_api_key_secret_arn" {
  type        = string
  default     = ""
  description = "Secret of Secrets Manager that holds the Prefect API key. Empty, none is needed."
}

variable "queue_name" {
  type        = string
  default     = "prefect-ecs-tasks-events"
  description = "Queue of task events, as `deploy events` makes it."
}

variable "passed_role_arns" {
  type        = list(string)
  default     = []
  description = "Task and execution roles of the jobs. Empty, jobs have none."
}

variable "desired_count" {
  type        = number
  default     = 1
  description = "Workers at once; with MaxCount, the fewest. Each takes runs of the pool."

  validation {
    condition     = var.desired_count >= 0
    error_message = "desired_count is 0 or more."
  }
}

variable "max_count" {
  type        = string
  default     = ""
  description = "The most workers at once. Empty, their number does not change with the load."

  validation {
    condition     = can(regex("^[0-9]*$", var.max_count))
    error_message = "max_count is a number, or empty."
  }
}

variable "run_limit" {
  type        = number
  default     = 100
  description = "Runs that a worker has at once."

  validation {
    condition     = var.run_limit >= 1
    error_message = "run_limit is 1 or more."
  }
}

variable "slots_target_percent" {
  type        = number
  default     = 70
  description = "With MaxCount, the part of RunLimit that is to be taken, over all workers."

  validation {
    condition     = var.slots_target_percent >= 10 && var.slots_target_percent <= 100
    error_message = "slots_target_percent is from 10 to 100."
  }
}

variable "oldest_run_seconds" {
  type        = number
  default     = 120
  description = "How long a run may be due without being claimed. Then the alarm goes off, and with MaxCount workers are added."

  validation {
    condition     = var.oldest_run_seconds >= 30
    error_message = "oldest_run_seconds is 30 or more."
  }
}

variable "alarm_topic_arn" {
  type        = string
  default     = ""
  description = "SNS topic that the alarm is sent to. Empty, it only shows in CloudWatch."
}

variable "cpu" {
  type        = string
  default     = "256"
  description = "CPU units of a worker."
}

variable "memory" {
  type        = string
  default     = "512"
  description = "Memory of a worker, in MiB."
}

variable "log_retention_days" {
  type        = number
  default     = 30
  description = "How long the worker's log is kept."
}
