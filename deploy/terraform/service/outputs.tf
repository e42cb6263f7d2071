output "service_name" {
  value = one(concat(aws_ecs_service.service, aws_ecs_service.scaled_service)).name
}

output "log_group" {
  value = aws_cloudwatch_log_group.log.name
}

output "worker_role_arn" {
  value = aws_iam_role.worker_role.arn
}
