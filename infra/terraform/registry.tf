locals {
  images = toset(["backend", "frontend"])
}

resource "aws_ecr_repository" "main" {
  for_each = local.images

  name                 = "mini-xdr-${each.key}"
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.main.arn
  }
}

# The running image and the previous ones for a rollback are among the newest 100; what has no tag was a push that failed.
resource "aws_ecr_lifecycle_policy" "main" {
  for_each = local.images

  repository = aws_ecr_repository.main[each.key].name
  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "untagged for a week"
        selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 7 }
        action       = { type = "expire" }
      },
      {
        rulePriority = 2
        description  = "all but the newest 100"
        selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 100 }
        action       = { type = "expire" }
      },
    ]
  })
}
