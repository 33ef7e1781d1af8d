locals {
  account = "arn:${data.aws_partition.current.partition}:iam::${var.account_id}:root"
}

data "aws_partition" "current" {}

# One key for all that is at rest: secrets in the cluster, Secrets Manager, database, buckets, images, logs.
resource "aws_kms_key" "main" {
  description             = "Mini-XDR: data at rest"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key.json
}

resource "aws_kms_alias" "main" {
  name          = "alias/mini-xdr"
  target_key_id = aws_kms_key.main.key_id
}

data "aws_iam_policy_document" "key" {
  # Whom IAM policies of the account allow. Without this nobody could ever change the key again.
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = [local.account]
    }
  }
  statement {
    sid       = "Logs"
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    resources = ["*"]
    principals {
      type        = "Service"
      identifiers = ["logs.${var.region}.amazonaws.com"]
    }
    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = ["arn:${data.aws_partition.current.partition}:logs:${var.region}:${var.account_id}:log-group:*"]
    }
  }
}
