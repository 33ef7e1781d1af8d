# 10.40.0.0/16:   public 10.40.0.0/20   load balancer, NAT; the only place with a way in
#                 database 10.40.16.0/20   no way out either
#                 private 10.40.64.0/18   nodes, pods, builder
locals {
  zones         = { for index, zone in var.availability_zones : zone => index }
  public_cidr   = cidrsubnet(var.vpc_cidr, 4, 0)
  database_cidr = cidrsubnet(var.vpc_cidr, 4, 1)
  private_cidr  = cidrsubnet(var.vpc_cidr, 2, 1)
  nat_zones     = var.single_nat_gateway ? { (var.availability_zones[0]) = 0 } : local.zones
}

resource "aws_vpc" "main" {
  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = "mini-xdr" }
}

# Nothing uses the group that every VPC has, and it lets nothing through.
resource "aws_default_security_group" "none" {
  vpc_id = aws_vpc.main.id
  tags   = { Name = "mini-xdr-default-unused" }
}

resource "aws_subnet" "public" {
  for_each = local.zones

  vpc_id                  = aws_vpc.main.id
  availability_zone       = each.key
  cidr_block              = cidrsubnet(local.public_cidr, 2, each.value)
  map_public_ip_on_launch = false
  tags = {
    Name                     = "mini-xdr-public-${each.key}"
    "kubernetes.io/role/elb" = "1" # by which the load-balancer controller finds it
  }
}

resource "aws_subnet" "private" {
  for_each = local.zones

  vpc_id            = aws_vpc.main.id
  availability_zone = each.key
  cidr_block        = cidrsubnet(local.private_cidr, 2, each.value)
  tags = {
    Name                              = "mini-xdr-private-${each.key}"
    "kubernetes.io/role/internal-elb" = "1"
  }
}

resource "aws_subnet" "database" {
  for_each = local.zones

  vpc_id            = aws_vpc.main.id
  availability_zone = each.key
  cidr_block        = cidrsubnet(local.database_cidr, 2, each.value)
  tags              = { Name = "mini-xdr-database-${each.key}" }
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
  tags   = { Name = "mini-xdr" }
}

resource "aws_eip" "nat" {
  for_each = local.nat_zones

  domain = "vpc"
  tags   = { Name = "mini-xdr-nat-${each.key}" }
}

resource "aws_nat_gateway" "main" {
  for_each = local.nat_zones

  allocation_id = aws_eip.nat[each.key].id
  subnet_id     = aws_subnet.public[each.key].id
  tags          = { Name = "mini-xdr-${each.key}" }

  depends_on = [aws_internet_gateway.main]
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id
  tags   = { Name = "mini-xdr-public" }
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main.id
}

resource "aws_route_table_association" "public" {
  for_each = local.zones

  subnet_id      = aws_subnet.public[each.key].id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table" "private" {
  for_each = local.zones

  vpc_id = aws_vpc.main.id
  tags   = { Name = "mini-xdr-private-${each.key}" }
}

resource "aws_route" "nat" {
  for_each = local.zones

  route_table_id         = aws_route_table.private[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.main[var.single_nat_gateway ? var.availability_zones[0] : each.key].id
}

resource "aws_route_table_association" "private" {
  for_each = local.zones

  subnet_id      = aws_subnet.private[each.key].id
  route_table_id = aws_route_table.private[each.key].id
}

resource "aws_route_table" "database" {
  vpc_id = aws_vpc.main.id
  tags   = { Name = "mini-xdr-database" }
}

resource "aws_route_table_association" "database" {
  for_each = local.zones

  subnet_id      = aws_subnet.database[each.key].id
  route_table_id = aws_route_table.database.id
}

# Who talked to whom: also a log source that Mini-XDR itself reads.
resource "aws_flow_log" "main" {
  vpc_id                   = aws_vpc.main.id
  traffic_type             = "ALL"
  log_destination_type     = "cloud-watch-logs"
  log_destination          = aws_cloudwatch_log_group.flow.arn
  iam_role_arn             = aws_iam_role.flow.arn
  max_aggregation_interval = 60
  tags                     = { Name = "mini-xdr" }
}

resource "aws_cloudwatch_log_group" "flow" {
  name              = "/mini-xdr/vpc-flow"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.main.arn
}

resource "aws_iam_role" "flow" {
  name               = "mini-xdr-flow-logs"
  assume_role_policy = data.aws_iam_policy_document.flow_trust.json
}

data "aws_iam_policy_document" "flow_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["vpc-flow-logs.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

resource "aws_iam_role_policy" "flow" {
  name   = "write"
  role   = aws_iam_role.flow.id
  policy = data.aws_iam_policy_document.flow.json
}

data "aws_iam_policy_document" "flow" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    resources = ["${aws_cloudwatch_log_group.flow.arn}:*"]
  }
}

# Images, secrets and the lake are reached without the internet.
resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.main.id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [for each in aws_route_table.private : each.id]
  tags              = { Name = "mini-xdr-s3" }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = toset(["ecr.api", "ecr.dkr", "secretsmanager", "sts"])

  vpc_id              = aws_vpc.main.id
  service_name        = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [for each in aws_subnet.private : each.id]
  security_group_ids  = [aws_security_group.endpoints.id]
  tags                = { Name = "mini-xdr-${each.key}" }
}

resource "aws_security_group" "endpoints" {
  name        = "mini-xdr-endpoints"
  description = "Interface endpoints: HTTPS from the private subnets"
  vpc_id      = aws_vpc.main.id
  tags        = { Name = "mini-xdr-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  security_group_id = aws_security_group.endpoints.id
  description       = "HTTPS from the private subnets"
  cidr_ipv4         = local.private_cidr
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
