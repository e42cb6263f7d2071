output "queue_name" {
  description = "For PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME"
  value       = aws_sqs_queue.queue.name
}

output "queue_arn" {
  value = aws_sqs_queue.queue.arn
}
