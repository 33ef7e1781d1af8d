terraform {
  # 1.11 has write-only arguments, by which no password is ever in the state, and locks in S3 without a table.
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

  default_tags {
    tags = {
      Application = "mini-xdr"
      ManagedBy   = "terraform"
    }
  }
}
