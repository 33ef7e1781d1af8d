variable "account_id" {
  description = "AWS account, 12 digits. Terraform refuses to work in another."
  type        = string
  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id is 12 digits, in quotes."
  }
}

variable "region" {
  description = "AWS region."
  type        = string
  default     = "us-east-1"
}

variable "cluster_name" {
  description = "Name of the EKS cluster."
  type        = string
  default     = "mini-xdr-cluster"
}

variable "kubernetes_version" {
  description = "Newest that EKS has in standard support: aws eks describe-cluster-versions --query 'clusterVersions[?status==`STANDARD_SUPPORT`].clusterVersion'. 1.30 is the least the manifests need (preStop sleep)."
  type        = string
  default     = "1.35"
  validation {
    condition     = can(regex("^1\\.[0-9]+$", var.kubernetes_version)) && tonumber(split(".", var.kubernetes_version)[1]) >= 30
    error_message = "kubernetes_version is like 1.35, and at least 1.30."
  }
}

variable "host" {
  description = "DNS name of the console. A certificate is asked for it."
  type        = string
  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.host))
    error_message = "host is a DNS name like xdr.example.com."
  }
}

variable "hosted_zone_id" {
  description = "Route 53 zone of the host, where there is one: the certificate's record is made there. Null: make it by hand (output certificate_records)."
  type        = string
  default     = null
}

variable "cluster_endpoint_cidrs" {
  description = "Who may reach the Kubernetes API from outside the VPC. There is no default: EKS's would be the whole internet."
  type        = list(string)
  validation {
    condition     = length(var.cluster_endpoint_cidrs) > 0 && alltrue([for each in var.cluster_endpoint_cidrs : can(cidrhost(each, 0))])
    error_message = "cluster_endpoint_cidrs is a list of at least one network like 203.0.113.0/24."
  }
  validation {
    condition     = alltrue([for each in var.cluster_endpoint_cidrs : try(tonumber(split("/", each)[1]) >= 8, false)])
    error_message = "cluster_endpoint_cidrs names networks of /8 or smaller, never the whole internet."
  }
}

variable "operators" {
  description = "ARNs of the IAM roles or users that administrate the cluster. Who runs Terraform is none by that."
  type        = set(string)
  validation {
    condition     = length(var.operators) > 0 && alltrue([for each in var.operators : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/", each))])
    error_message = "operators is at least one ARN of an IAM role or user; for a sign-in through IAM Identity Center that of its role, with its path."
  }
}

variable "vpc_cidr" {
  description = "Network of the VPC, a /16."
  type        = string
  default     = "10.40.0.0/16"
  validation {
    condition     = can(cidrhost(var.vpc_cidr, 0)) && endswith(var.vpc_cidr, "/16")
    error_message = "vpc_cidr is a /16."
  }
}

variable "availability_zones" {
  description = "Three of the region's zones."
  type        = list(string)
  default     = ["us-east-1a", "us-east-1b", "us-east-1c"]
  validation {
    condition     = length(distinct(var.availability_zones)) == 3
    error_message = "availability_zones are three: the log has three members, and a zone that is lost must take only one."
  }
}

variable "single_nat_gateway" {
  description = "One NAT gateway for all zones: cheaper, and all zones lose the internet with one."
  type        = bool
  default     = false
}

variable "node_instance_types" {
  description = "Of amd64. At rest the platform asks for 5 cores and 9 GiB; a rollout for one more pod of each part."
  type        = list(string)
  default     = ["m6i.xlarge"]
}

variable "node_count" {
  description = "Nodes: least, at first, most."
  type = object({
    min     = number
    desired = number
    max     = number
  })
  default = { min = 3, desired = 3, max = 6 }
  validation {
    condition     = var.node_count.min >= 3
    error_message = "node_count.min is at least 3: each member of the log needs a node of its own."
  }
}

variable "database_instance_class" {
  description = "Of RDS."
  type        = string
  default     = "db.m7g.large"
}

variable "database_storage_gb" {
  description = "At first; it grows by itself up to ten times of it."
  type        = number
  default     = 100
}

variable "database_multi_az" {
  description = "A standby in another zone: a failover takes a minute, not a restore."
  type        = bool
  default     = true
}

variable "database_backup_days" {
  description = "Automatic backups are kept so long."
  type        = number
  default     = 14
  validation {
    condition     = var.database_backup_days >= 7 && var.database_backup_days <= 35
    error_message = "database_backup_days is 7 to 35."
  }
}

variable "database_deletion_protection" {
  description = "Set to false, and apply, before terraform destroy."
  type        = bool
  default     = true
}

variable "collector_role_arns" {
  description = "Roles in this or other accounts that workers assume to collect logs from S3 (docs/how-to/send-logs/aws-s3.md)."
  type        = list(string)
  default     = []
}

variable "builder" {
  description = "An EC2 machine that builds images, beside the CodeBuild projects (which cost nothing at rest)."
  type        = bool
  default     = false
}

variable "log_retention_days" {
  description = "Of CloudWatch log groups: control plane, flow logs, builds."
  type        = number
  default     = 365
}
