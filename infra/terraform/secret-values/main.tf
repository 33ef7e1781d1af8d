# The first values of the platform's secrets: passwords of the database's roles and of the log, and the key. They are made up while applying and written
# without being read again (ephemeral values, write-only arguments): neither the state nor a plan ever holds one. Run once, after the rest:
#
#   terraform -chdir=infra/terraform/secret-values init && terraform -chdir=infra/terraform/secret-values apply -var account_id=111122223333
#
# A second apply changes nothing. Beside the rest, not in it, because `terraform test` can imitate all of that, but not ephemeral resources.
terraform {
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account_id]
}

variable "account_id" {
  description = "AWS account, 12 digits. Terraform refuses to work in another."
  type        = string
}

variable "region" {
  description = "AWS region."
  type        = string
  default     = "us-east-1"
}

variable "generation" {
  description = "All values are made up anew when this number grows. It loses what the old key encrypted: minixdr-deploy secrets rotate changes single ones."
  type        = number
  default     = 1
}

data "aws_db_instance" "main" {
  db_instance_identifier = "mini-xdr"
}

data "aws_secretsmanager_secret" "main" {
  for_each = toset(["backend", "migrate", "nats"])

  name = "mini-xdr/${each.key}"
}

# Letters and digits: they stand in addresses.
ephemeral "aws_secretsmanager_random_password" "service" {
  password_length            = 40
  exclude_punctuation        = true
  require_each_included_type = true
}

ephemeral "aws_secretsmanager_random_password" "owner" {
  password_length            = 40
  exclude_punctuation        = true
  require_each_included_type = true
}

ephemeral "aws_secretsmanager_random_password" "log" {
  password_length            = 40
  exclude_punctuation        = true
  require_each_included_type = true
}

ephemeral "aws_secretsmanager_random_password" "log_cluster" {
  password_length            = 40
  exclude_punctuation        = true
  require_each_included_type = true
}

ephemeral "aws_secretsmanager_random_password" "key" {
  password_length            = 48 # more than 256 bits
  exclude_punctuation        = true
  require_each_included_type = true
}

locals {
  database = "${data.aws_db_instance.main.address}:5432/minixdr?sslmode=require"
}

resource "aws_secretsmanager_secret_version" "backend" {
  secret_id = data.aws_secretsmanager_secret.main["backend"].id
  secret_string_wo = jsonencode({
    MINIXDR_DATABASE_URL = "postgresql://minixdr_service:${ephemeral.aws_secretsmanager_random_password.service.random_password}@${local.database}"
    MINIXDR_NATS_URL     = "nats://minixdr:n${ephemeral.aws_secretsmanager_random_password.log.random_password}@nats:4222"
    MINIXDR_SECRET_KEY   = base64encode(ephemeral.aws_secretsmanager_random_password.key.random_password)
  })
  secret_string_wo_version = var.generation
}

resource "aws_secretsmanager_secret_version" "migrate" {
  secret_id = data.aws_secretsmanager_secret.main["migrate"].id
  secret_string_wo = jsonencode({
    MINIXDR_DATABASE_OWNER_URL = "postgresql://minixdr_owner:${ephemeral.aws_secretsmanager_random_password.owner.random_password}@${local.database}"
  })
  secret_string_wo_version = var.generation
}

# A letter first: the server would read 5 as a number.
resource "aws_secretsmanager_secret_version" "nats" {
  secret_id = data.aws_secretsmanager_secret.main["nats"].id
  secret_string_wo = jsonencode({
    NATS_PASSWORD         = "n${ephemeral.aws_secretsmanager_random_password.log.random_password}"
    NATS_CLUSTER_PASSWORD = "n${ephemeral.aws_secretsmanager_random_password.log_cluster.random_password}"
  })
  secret_string_wo_version = var.generation
}
