variable "queue_name" {
  type        = string
  default     = "prefect-ecs-tasks-events"
  description = "Name of the queue. The default is read by workers without a setting; -dlq is added for the dead letters."

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,76}$", var.queue_name))
    error_message = "queue_name has 1 to 76 letters, digits, _ and -."
  }
}

variable "retention_seconds" {
  type        = number
  default     = 3600
  description = "How long an event waits for a worker. Workers poll anyway, so that old events are worth nothing."

  validation {
    condition     = var.retention_seconds >= 60 && var.retention_seconds <= 1209600
    error_message = "retention_seconds is from 60 to 1209600."
  }
}

variable "oldest_event_seconds" {
  type        = number
  default     = 900
  description = "Age of the oldest event at which the alarm goes off. No worker reads the queue."

  validation {
    condition     = var.oldest_event_seconds >= 60
    error_message = "oldest_event_seconds is 60 or more."
  }
}

variable "alarm_topic_arn" {
  type        = string
  default     = ""
  description = "SNS topic that alarms are sent to. Empty, they only show in CloudWatch."
}
