# The EC2 builder, where `builder = true`: AL2023, no way in at all; commands reach it through SSM.
data "aws_ssm_parameter" "builder_image" {
  count = var.builder ? 1 : 0
  name  = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

resource "aws_instance" "builder" {
  count = var.builder ? 1 : 0

  ami                         = data.aws_ssm_parameter.builder_image[0].insecure_value
  instance_type               = "t3.medium"
  subnet_id                   = aws_subnet.private[var.availability_zones[0]].id
  vpc_security_group_ids      = [aws_security_group.builder[0].id]
  associate_public_ip_address = false
  iam_instance_profile        = aws_iam_instance_profile.builder[0].name
  ebs_optimized               = true
  monitoring                  = true

  # The build's containers cannot reach the machine's credentials.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = 60
    encrypted   = true
  }

  user_data = <<-EOT
    #!/bin/bash
    set -euo pipefail
    dnf install --assumeyes docker
    systemctl enable --now docker
    # Images of a week ago and older.
    printf '#!/bin/sh\nexec docker system prune --all --force --filter until=168h\n' > /etc/cron.weekly/docker-prune
    chmod 0755 /etc/cron.weekly/docker-prune
  EOT

  tags = { Name = "mini-xdr-builder" }

  lifecycle {
    ignore_changes = [ami] # a newer image of AL2023 does not replace a machine that works
  }
}

resource "aws_security_group" "builder" {
  count = var.builder ? 1 : 0

  name        = "mini-xdr-builder"
  description = "EC2 builder: HTTPS out, nothing in"
  vpc_id      = aws_vpc.main.id
  tags        = { Name = "mini-xdr-builder" }
}

resource "aws_vpc_security_group_egress_rule" "builder" {
  count = var.builder ? 1 : 0

  security_group_id = aws_security_group.builder[0].id
  description       = "HTTPS: SSM, ECR, S3, packages"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_iam_role" "builder" {
  count = var.builder ? 1 : 0

  name               = "mini-xdr-builder"
  assume_role_policy = data.aws_iam_policy_document.ec2_trust.json
}

resource "aws_iam_role_policy_attachment" "builder" {
  count = var.builder ? 1 : 0

  role       = aws_iam_role.builder[0].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_role_policy" "builder" {
  count = var.builder ? 1 : 0

  name   = "build"
  role   = aws_iam_role.builder[0].id
  policy = data.aws_iam_policy_document.build.json
}

resource "aws_iam_instance_profile" "builder" {
  count = var.builder ? 1 : 0

  name = "mini-xdr-builder"
  role = aws_iam_role.builder[0].name
}
