# What pods may do in AWS, by EKS Pod Identity: a role a service account. frontend, nats, migrate and canary may do nothing.
data "aws_iam_policy_document" "pod_trust" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]
    principals {
      type        = "Service"
      identifiers = ["pods.eks.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_eks_cluster.main.arn]
    }
  }
}

locals {
  # The api reads the lake, and makes its table where there is none; workers also remove what was merged or has expired.
  pods = {
    backend = { lake = ["s3:GetObject", "s3:PutObject"], collects = [] }
    worker  = { lake = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"], collects = var.collector_role_arns }
  }
}

resource "aws_iam_role" "pods" {
  for_each = local.pods

  name               = "mini-xdr-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.pod_trust.json
}

resource "aws_iam_role_policy" "pods" {
  for_each = local.pods

  name   = "mini-xdr"
  role   = aws_iam_role.pods[each.key].id
  policy = data.aws_iam_policy_document.pods[each.key].json
}

data "aws_iam_policy_document" "pods" {
  for_each = local.pods

  statement {
    sid       = "Lake"
    actions   = each.value.lake
    resources = ["${aws_s3_bucket.main["warehouse"].arn}/${local.lake_prefix}/*"]
  }
  statement {
    sid       = "Models"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.main["models"].arn}/${local.models_prefix}/*"]
  }
  dynamic "statement" {
    for_each = { warehouse = local.lake_prefix, models = local.models_prefix }
    content {
      sid       = "List${title(statement.key)}"
      actions   = ["s3:ListBucket"]
      resources = [aws_s3_bucket.main[statement.key].arn]
      condition {
        test     = "StringLike"
        variable = "s3:prefix"
        values   = [statement.value, "${statement.value}/*"]
      }
    }
  }
  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.main.arn]
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com"]
    }
  }
  dynamic "statement" {
    for_each = length(each.value.collects) == 0 ? [] : [each.value.collects]
    content {
      sid       = "Collect"
      actions   = ["sts:AssumeRole"]
      resources = statement.value
    }
  }
}

resource "aws_eks_pod_identity_association" "pods" {
  for_each = local.pods

  cluster_name    = aws_eks_cluster.main.name
  namespace       = "mini-xdr"
  service_account = each.key
  role_arn        = aws_iam_role.pods[each.key].arn
}

resource "aws_eks_pod_identity_association" "load_balancers" {
  cluster_name    = aws_eks_cluster.main.name
  namespace       = "kube-system"
  service_account = "aws-load-balancer-controller"
  role_arn        = aws_iam_role.load_balancers.arn
}
