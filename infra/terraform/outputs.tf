locals {
  builder = var.builder ? "  kind: ec2\n  instance_id: ${aws_instance.builder[0].id}" : "  kind: codebuild"
}

output "deploy_yaml" {
  description = "deploy.yaml of minixdr-deploy; it refuses to work until allowCidrs names somebody."
  value       = <<-EOT
    account_id: "${var.account_id}"
    region: ${var.region}
    cluster: ${aws_eks_cluster.main.name}
    context: ${aws_eks_cluster.main.arn}
    host: ${var.host}
    certificate_arn: ${aws_acm_certificate.main.arn}
    overlay: deploy/overlays/aws
    # Who may reach the console and the doors. There is no default.
    allowCidrs: []
    builder:
    ${local.builder}
      source_bucket: ${aws_s3_bucket.main["source"].bucket}
  EOT
}

output "settings_env" {
  description = "settings.env of the overlay."
  value       = <<-EOT
    AWS_REGION=${var.region}
    MINIXDR_PUBLIC_URL=https://${var.host}
    MINIXDR_WAREHOUSE=s3://${aws_s3_bucket.main["warehouse"].bucket}/${local.lake_prefix}
    MINIXDR_MODEL_STORE=s3://${aws_s3_bucket.main["models"].bucket}/${local.models_prefix}
  EOT
}

output "networks_env" {
  description = "networks.env of the overlay."
  value       = <<-EOT
    load_balancers=${local.public_cidr}
    databases=${local.database_cidr}
  EOT
}

output "kubeconfig_command" {
  description = "Makes kubectl's context."
  value       = "aws eks update-kubeconfig --region ${var.region} --name ${aws_eks_cluster.main.name}"
}

output "load_balancer_controller_command" {
  description = "Installs the AWS Load Balancer Controller, 2.13 or newer; its rights come by Pod Identity."
  value       = <<-EOT
    helm repo add eks https://aws.github.io/eks-charts
    helm upgrade --install aws-load-balancer-controller eks/aws-load-balancer-controller --namespace kube-system --wait \
      --set clusterName=${aws_eks_cluster.main.name} --set region=${var.region} --set vpcId=${aws_vpc.main.id} \
      --set serviceAccount.name=aws-load-balancer-controller --set replicaCount=2 \
      --set enableShield=false --set enableWaf=false --set enableWafv2=false
  EOT
}

output "certificate_records" {
  description = "DNS records that make the certificate valid (made already where hosted_zone_id is set)."
  value       = [for each in aws_acm_certificate.main.domain_validation_options : "${each.resource_record_name} ${each.resource_record_type} ${each.resource_record_value}"]
}

output "database_host" {
  description = "Host of PostgreSQL."
  value       = aws_db_instance.main.address
}

output "database_admin_secret" {
  description = "Secret with the database's administrator, which RDS made and rotates."
  value       = one(aws_db_instance.main.master_user_secret[*].secret_arn)
}

output "operator_policy_arn" {
  description = "Policy to attach to the operators' role."
  value       = aws_iam_policy.operator.arn
}
