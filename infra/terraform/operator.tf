# What `minixdr-deploy` needs of AWS; attach it to the operators' role. What it may do in the cluster is said by the access entries (cluster.tf).
resource "aws_iam_policy" "operator" {
  name        = "mini-xdr-operator"
  description = "Ship, look at and mend Mini-XDR with minixdr-deploy"
  policy      = data.aws_iam_policy_document.operator.json
}

data "aws_iam_policy_document" "operator" {
  statement {
    sid = "Look"
    actions = [
      "acm:DescribeCertificate",
      "acm:ListCertificates",
      "ec2:DescribeInstances",
      "ec2:DescribeSecurityGroupRules",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSubnets",
      "ecr:GetAuthorizationToken",
      "elasticloadbalancing:Describe*",
      "rds:DescribeDBInstances",
      "servicequotas:GetServiceQuota",
      "servicequotas:ListAWSDefaultServiceQuotas", # of a quota that was never changed nothing else tells
      "servicequotas:ListServiceQuotas",
      "ssm:DescribeInstanceInformation",
    ]
    resources = ["*"] # none of these can be limited to a resource
  }
  # By which preflight tells what is missing.
  statement {
    sid       = "WhatMayI"
    actions   = ["iam:SimulatePrincipalPolicy"]
    resources = ["arn:${data.aws_partition.current.partition}:iam::${var.account_id}:role/*", "arn:${data.aws_partition.current.partition}:iam::${var.account_id}:user/*"]
  }
  statement {
    sid       = "Cluster"
    actions   = ["eks:DescribeCluster", "eks:ListAddons", "eks:ListPodIdentityAssociations"]
    resources = [aws_eks_cluster.main.arn]
  }
  statement {
    sid = "Images"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:CompleteLayerUpload",
      "ecr:DescribeImageScanFindings",
      "ecr:DescribeImages",
      "ecr:DescribeRepositories",
      "ecr:GetDownloadUrlForLayer",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = [for each in aws_ecr_repository.main : each.arn]
  }
  statement {
    sid       = "Secrets"
    actions   = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:ListSecretVersionIds", "secretsmanager:PutSecretValue"]
    resources = [for each in aws_secretsmanager_secret.main : each.arn]
  }
  # Once, to make the platform's roles in the database.
  statement {
    sid       = "DatabaseAdmin"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [for each in aws_db_instance.main.master_user_secret : each.secret_arn]
  }
  statement {
    sid       = "Source"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${aws_s3_bucket.main["source"].arn}/*"]
  }
  statement {
    sid       = "Models"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${aws_s3_bucket.main["models"].arn}/${local.models_prefix}/*"]
  }
  statement {
    sid       = "Buckets"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.main["source"].arn, aws_s3_bucket.main["models"].arn]
  }
  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.main.arn]
  }
  statement {
    sid       = "CodeBuild"
    actions   = ["codebuild:BatchGetBuilds", "codebuild:BatchGetProjects", "codebuild:StartBuild", "codebuild:StopBuild"]
    resources = [for each in aws_codebuild_project.main : each.arn]
  }
  statement {
    sid       = "BuildLogs"
    actions   = ["logs:GetLogEvents"]
    resources = [for each in aws_cloudwatch_log_group.codebuild : "${each.arn}:*"]
  }
  dynamic "statement" {
    for_each = aws_instance.builder
    content {
      sid     = "Builder"
      actions = ["ssm:SendCommand"]
      resources = [
        statement.value.arn,
        "arn:${data.aws_partition.current.partition}:ssm:${var.region}::document/AWS-RunShellScript",
      ]
    }
  }
  dynamic "statement" {
    for_each = aws_instance.builder
    content {
      sid       = "BuilderCommands"
      actions   = ["ssm:CancelCommand", "ssm:GetCommandInvocation", "ssm:ListCommandInvocations"]
      resources = ["*"] # cannot be limited to a resource
    }
  }
}
