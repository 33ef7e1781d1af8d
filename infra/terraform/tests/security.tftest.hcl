# The facts that matter for security, asserted on the plan. No account, no network.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:us-east-1:111122223333:key/1" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/r" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-east-1:111122223333:log-group:g" }
  }
  mock_resource "aws_eks_cluster" {
    defaults = { arn = "arn:aws:eks:us-east-1:111122223333:cluster/c" }
  }
  mock_resource "aws_acm_certificate" {
    defaults = { arn = "arn:aws:acm:us-east-1:111122223333:certificate/c" }
  }
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::111122223333:policy/p" }
  }
  mock_resource "aws_iam_instance_profile" {
    defaults = { arn = "arn:aws:iam::111122223333:instance-profile/i" }
  }
  mock_resource "aws_launch_template" {
    defaults = { id = "lt-0123456789abcdef0", latest_version = 1 }
  }
  mock_data "aws_ssm_parameter" {
    defaults = { insecure_value = "ami-0123456789abcdef0" }
  }
}

variables {
  account_id             = "111122223333"
  host                   = "xdr.example.com"
  cluster_endpoint_cidrs = ["203.0.113.0/24"]
  operators              = ["arn:aws:iam::111122223333:role/operators"]
  builder                = true
}

run "cluster" {
  command = plan

  assert {
    condition     = aws_eks_cluster.main.name == "mini-xdr-cluster"
    error_message = "the cluster's name is part of the contract"
  }
  assert {
    condition     = aws_eks_cluster.main.vpc_config[0].endpoint_private_access && aws_eks_cluster.main.vpc_config[0].public_access_cidrs == toset(["203.0.113.0/24"])
    error_message = "the Kubernetes API is reached from inside, and from the given networks only"
  }
  assert {
    condition     = aws_eks_cluster.main.enabled_cluster_log_types == toset(["api", "audit", "authenticator", "controllerManager", "scheduler"])
    error_message = "all logs of the control plane are kept"
  }
  assert {
    condition     = aws_eks_cluster.main.encryption_config[0].resources == toset(["secrets"])
    error_message = "secrets in the cluster are encrypted with a key of ours"
  }
  assert {
    condition     = aws_eks_cluster.main.access_config[0].authentication_mode == "API" && !aws_eks_cluster.main.access_config[0].bootstrap_cluster_creator_admin_permissions
    error_message = "only access entries give rights, and who ran Terraform has none by that"
  }
  assert {
    condition     = jsondecode(aws_eks_addon.network.configuration_values).enableNetworkPolicy == "true"
    error_message = "network policies are enforced"
  }
  assert {
    condition     = aws_launch_template.nodes.metadata_options[0].http_tokens == "required" && aws_launch_template.nodes.metadata_options[0].http_put_response_hop_limit == 1
    error_message = "no pod reaches the node's credentials"
  }
  assert {
    condition     = alltrue([for each in aws_launch_template.nodes.block_device_mappings : each.ebs[0].encrypted == "true"])
    error_message = "the nodes' disks are encrypted"
  }
  assert {
    condition     = alltrue([for each in aws_subnet.public : !each.map_public_ip_on_launch])
    error_message = "nothing gets a public address by itself"
  }
  assert {
    condition     = toset(keys(aws_iam_role_policy_attachment.nodes)) == toset(["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy"])
    error_message = "a node may join, pull images and give out addresses, no more"
  }
}

run "database" {
  command = plan

  assert {
    condition     = anytrue([for each in aws_db_parameter_group.main.parameter : each.name == "rds.force_ssl" && each.value == "1"])
    error_message = "no connection without TLS"
  }
  assert {
    condition     = aws_db_instance.main.storage_encrypted && !aws_db_instance.main.publicly_accessible && aws_db_instance.main.multi_az
    error_message = "encrypted, not public, with a standby"
  }
  assert {
    condition     = aws_db_instance.main.deletion_protection && aws_db_instance.main.backup_retention_period == 14 && !aws_db_instance.main.delete_automated_backups && aws_db_instance.main.skip_final_snapshot != true
    error_message = "it is not lost by a slip"
  }
  assert {
    condition     = aws_db_instance.main.manage_master_user_password && aws_db_instance.main.password == null
    error_message = "the administrator's password is RDS's own, never in the state"
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.database.cidr_ipv4 == null && aws_vpc_security_group_ingress_rule.database.from_port == 5432
    error_message = "PostgreSQL is reached from the cluster's group alone"
  }
}

run "secrets" {
  command = plan

  assert {
    condition     = toset([for each in aws_secretsmanager_secret.main : each.name]) == toset(["mini-xdr/backend", "mini-xdr/migrate", "mini-xdr/nats"])
    error_message = "the names that minixdr-deploy copies from"
  }
}

run "images" {
  command = plan

  assert {
    condition     = toset([for each in aws_ecr_repository.main : each.name]) == toset(["mini-xdr-backend", "mini-xdr-frontend"])
    error_message = "the two repositories"
  }
  assert {
    condition     = alltrue([for each in aws_ecr_repository.main : each.image_tag_mutability == "IMMUTABLE" && each.image_scanning_configuration[0].scan_on_push && !coalesce(each.force_delete, false)])
    error_message = "a tag never changes its image; each image is scanned"
  }
}

run "buckets" {
  command = plan

  assert {
    condition     = alltrue([for each in aws_s3_bucket_public_access_block.main : each.block_public_acls && each.block_public_policy && each.ignore_public_acls && each.restrict_public_buckets])
    error_message = "no bucket is public"
  }
  assert {
    condition     = alltrue([for each in aws_s3_bucket_versioning.main : each.versioning_configuration[0].status == "Enabled"])
    error_message = "what is overwritten or deleted can be brought back"
  }
  assert {
    condition     = alltrue([for each in aws_s3_bucket_server_side_encryption_configuration.main : one(each.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms"])
    error_message = "buckets are encrypted with a key of ours"
  }
  assert {
    condition     = alltrue([for each in data.aws_iam_policy_document.bucket : one(each.statement).effect == "Deny" && one(one(each.statement).condition).variable == "aws:SecureTransport"])
    error_message = "buckets refuse plain HTTP"
  }
}

run "least_privilege" {
  command = apply # policies name resources, which have names only then

  assert {
    condition     = toset(keys(aws_eks_pod_identity_association.pods)) == toset(["backend", "worker"])
    error_message = "only api and worker have a role"
  }
  assert {
    condition     = alltrue([for each in data.aws_iam_policy_document.pods : alltrue([for one in each.statement : !contains(one.actions, "s3:*") && !contains(one.resources, "*")])])
    error_message = "pods have no right to everything"
  }
  assert {
    condition     = !anytrue([for each in data.aws_iam_policy_document.pods["backend"].statement : contains(each.actions, "s3:DeleteObject")])
    error_message = "the api deletes nothing from the lake"
  }
  assert {
    condition = alltrue([for each in data.aws_iam_policy_document.pods : alltrue([
      for one in each.statement : length(setintersection(one.actions, ["s3:PutObject", "s3:DeleteObject"])) == 0 || one.sid == "Lake"
    ])])
    error_message = "models are read only"
  }
  assert {
    condition     = alltrue([for each in data.aws_iam_policy_document.load_balancers.statement : !contains(each.resources, "*") || contains(["Look", "ServiceLinkedRole", "Make"], each.sid)])
    error_message = "the load-balancer controller changes only its own"
  }
  assert {
    condition     = alltrue([for each in data.aws_iam_policy_document.build.statement : !contains(each.actions, "ecr:PutImage") || length(each.resources) == 2])
    error_message = "a build pushes to the two repositories only"
  }
}

run "builder" {
  command = plan

  assert {
    condition     = aws_instance.builder[0].metadata_options[0].http_tokens == "required" && aws_instance.builder[0].associate_public_ip_address == false
    error_message = "the builder has IMDSv2 and no public address"
  }
  assert {
    condition     = aws_vpc_security_group_egress_rule.builder[0].from_port == 443 && aws_vpc_security_group_egress_rule.builder[0].to_port == 443
    error_message = "the builder reaches HTTPS, and nothing reaches it"
  }
}

run "no_builder_unless_asked" {
  command = plan
  variables {
    builder = false
  }
  assert {
    condition     = length(aws_instance.builder) == 0 && length(aws_iam_role.builder) == 0
    error_message = "no machine, no role"
  }
}

run "refuses_the_whole_internet" {
  command = plan
  variables {
    cluster_endpoint_cidrs = ["0.0.0.0/0"]
  }
  expect_failures = [var.cluster_endpoint_cidrs]
}

run "refuses_an_empty_list" {
  command = plan
  variables {
    cluster_endpoint_cidrs = []
  }
  expect_failures = [var.cluster_endpoint_cidrs]
}

run "refuses_a_cluster_without_operators" {
  command = plan
  variables {
    operators = []
  }
  expect_failures = [var.operators]
}

run "refuses_two_nodes" {
  command = plan
  variables {
    node_count = { min = 2, desired = 3, max = 4 }
  }
  expect_failures = [var.node_count]
}
