# What builds may do, on CodeBuild or on the EC2 builder: read the source they were sent, push to the two repositories.
data "aws_iam_policy_document" "build" {
  statement {
    sid       = "Source"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${aws_s3_bucket.main["source"].arn}/*"]
  }
  statement {
    sid       = "Login"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # cannot be limited to a repository
  }
  statement {
    sid = "Push"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:CompleteLayerUpload",
      "ecr:DescribeImages",
      "ecr:GetDownloadUrlForLayer",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = [for each in aws_ecr_repository.main : each.arn]
  }
  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.main.arn]
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "codebuild" {
  name               = "mini-xdr-codebuild"
  assume_role_policy = data.aws_iam_policy_document.codebuild_trust.json
}

data "aws_iam_policy_document" "codebuild_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["codebuild.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

resource "aws_iam_role_policy" "codebuild" {
  name   = "build"
  role   = aws_iam_role.codebuild.id
  policy = data.aws_iam_policy_document.build.json
}

resource "aws_iam_role_policy" "codebuild_logs" {
  name   = "logs"
  role   = aws_iam_role.codebuild.id
  policy = data.aws_iam_policy_document.codebuild_logs.json
}

data "aws_iam_policy_document" "codebuild_logs" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [for each in aws_cloudwatch_log_group.codebuild : "${each.arn}:*"]
  }
}

resource "aws_cloudwatch_log_group" "codebuild" {
  for_each = local.images

  name              = "/aws/codebuild/mini-xdr-${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.main.arn
}

resource "aws_codebuild_project" "main" {
  for_each = local.images

  name           = "mini-xdr-${each.key}"
  description    = "Builds and pushes mini-xdr-${each.key}; minixdr-deploy build --on codebuild sends the source"
  service_role   = aws_iam_role.codebuild.arn
  build_timeout  = 60
  queued_timeout = 60
  encryption_key = aws_kms_key.main.arn

  source {
    type      = "S3"
    location  = "${aws_s3_bucket.main["source"].bucket}/mini-xdr/source/none.zip" # each build names its own
    buildspec = "buildspec-${each.key}.yml"
  }

  artifacts {
    type = "NO_ARTIFACTS"
  }

  environment {
    type         = "LINUX_CONTAINER"
    compute_type = "BUILD_GENERAL1_MEDIUM"
    image        = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
    # Docker runs inside; the machine is the build's own and is thrown away.
    privileged_mode = true

    environment_variable {
      name  = "AWS_ACCOUNT_ID"
      value = var.account_id
    }
    environment_variable {
      name  = "IMAGE_REPOSITORY"
      value = aws_ecr_repository.main[each.key].repository_url
    }
  }

  cache {
    type  = "LOCAL"
    modes = ["LOCAL_DOCKER_LAYER_CACHE"]
  }

  logs_config {
    cloudwatch_logs {
      group_name = aws_cloudwatch_log_group.codebuild[each.key].name
    }
  }
}
