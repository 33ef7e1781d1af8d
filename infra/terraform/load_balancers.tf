# What the AWS Load Balancer Controller may do: what its documentation (2.13) lists, but changes only to what carries this cluster's tag or is the cluster's
# own security group, and nothing of WAF, Shield and Cognito, which the Helm command of the output switches off.
locals {
  load_balancer_tag = "elbv2.k8s.aws/cluster"
  ec2               = "arn:${data.aws_partition.current.partition}:ec2:${var.region}:${var.account_id}"
  elb               = "arn:${data.aws_partition.current.partition}:elasticloadbalancing:${var.region}:${var.account_id}"
  cluster_group     = aws_eks_cluster.main.vpc_config[0].cluster_security_group_id
}

resource "aws_iam_role" "load_balancers" {
  name               = "mini-xdr-load-balancer-controller"
  assume_role_policy = data.aws_iam_policy_document.pod_trust.json
}

resource "aws_iam_role_policy" "load_balancers" {
  name   = "load-balancers"
  role   = aws_iam_role.load_balancers.id
  policy = data.aws_iam_policy_document.load_balancers.json
}

data "aws_iam_policy_document" "load_balancers" {
  statement {
    sid = "Look"
    actions = [
      "acm:DescribeCertificate",
      "acm:ListCertificates",
      "ec2:DescribeAccountAttributes",
      "ec2:DescribeAddresses",
      "ec2:DescribeAvailabilityZones",
      "ec2:DescribeCoipPools",
      "ec2:DescribeInstances",
      "ec2:DescribeInternetGateways",
      "ec2:DescribeIpamPools",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeRouteTables",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSubnets",
      "ec2:DescribeTags",
      "ec2:DescribeVpcPeeringConnections",
      "ec2:DescribeVpcs",
      "ec2:GetCoipPoolUsage",
      "ec2:GetSecurityGroupsForVpc",
      "elasticloadbalancing:DescribeCapacityReservation",
      "elasticloadbalancing:DescribeListenerAttributes",
      "elasticloadbalancing:DescribeListenerCertificates",
      "elasticloadbalancing:DescribeListeners",
      "elasticloadbalancing:DescribeLoadBalancerAttributes",
      "elasticloadbalancing:DescribeLoadBalancers",
      "elasticloadbalancing:DescribeRules",
      "elasticloadbalancing:DescribeSSLPolicies",
      "elasticloadbalancing:DescribeTags",
      "elasticloadbalancing:DescribeTargetGroupAttributes",
      "elasticloadbalancing:DescribeTargetGroups",
      "elasticloadbalancing:DescribeTargetHealth",
      "elasticloadbalancing:DescribeTrustStores",
    ]
    resources = ["*"] # none of these can be limited to a resource
  }
  statement {
    sid       = "ServiceLinkedRole"
    actions   = ["iam:CreateServiceLinkedRole"]
    resources = ["*"]
    condition {
      test     = "StringEquals"
      variable = "iam:AWSServiceName"
      values   = ["elasticloadbalancing.amazonaws.com"]
    }
  }
  statement {
    sid       = "MakeGroup"
    actions   = ["ec2:CreateSecurityGroup"]
    resources = ["${local.ec2}:security-group/*", aws_vpc.main.arn]
  }
  statement {
    sid       = "TagNewGroup"
    actions   = ["ec2:CreateTags"]
    resources = ["${local.ec2}:security-group/*"]
    condition {
      test     = "StringEquals"
      variable = "ec2:CreateAction"
      values   = ["CreateSecurityGroup"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/${local.load_balancer_tag}"
      values   = [var.cluster_name]
    }
  }
  statement {
    sid = "ChangeOwnGroups"
    actions = [
      "ec2:AuthorizeSecurityGroupIngress",
      "ec2:CreateTags",
      "ec2:DeleteSecurityGroup",
      "ec2:DeleteTags",
      "ec2:RevokeSecurityGroupIngress",
    ]
    resources = ["${local.ec2}:security-group/*"]
    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/${local.load_balancer_tag}"
      values   = [var.cluster_name]
    }
  }
  # From the load balancer to the pods.
  statement {
    sid       = "OpenClusterGroup"
    actions   = ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"]
    resources = ["${local.ec2}:security-group/${local.cluster_group}"]
  }
  statement {
    sid       = "Make"
    actions   = ["elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"]
    resources = ["*"]
    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/${local.load_balancer_tag}"
      values   = [var.cluster_name]
    }
  }
  statement {
    sid     = "TagNew"
    actions = ["elasticloadbalancing:AddTags"]
    resources = [
      "${local.elb}:loadbalancer/app/*",
      "${local.elb}:targetgroup/*",
      "${local.elb}:listener/app/*",
      "${local.elb}:listener-rule/app/*",
    ]
    condition {
      test     = "StringEquals"
      variable = "elasticloadbalancing:CreateAction"
      values   = ["CreateLoadBalancer", "CreateTargetGroup", "CreateListener", "CreateRule"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/${local.load_balancer_tag}"
      values   = [var.cluster_name]
    }
  }
  statement {
    sid = "ChangeOwn"
    actions = [
      "elasticloadbalancing:AddListenerCertificates",
      "elasticloadbalancing:AddTags",
      "elasticloadbalancing:CreateListener",
      "elasticloadbalancing:CreateRule",
      "elasticloadbalancing:DeleteListener",
      "elasticloadbalancing:DeleteLoadBalancer",
      "elasticloadbalancing:DeleteRule",
      "elasticloadbalancing:DeleteTargetGroup",
      "elasticloadbalancing:DeregisterTargets",
      "elasticloadbalancing:ModifyListener",
      "elasticloadbalancing:ModifyListenerAttributes",
      "elasticloadbalancing:ModifyLoadBalancerAttributes",
      "elasticloadbalancing:ModifyRule",
      "elasticloadbalancing:ModifyTargetGroup",
      "elasticloadbalancing:ModifyTargetGroupAttributes",
      "elasticloadbalancing:RegisterTargets",
      "elasticloadbalancing:RemoveListenerCertificates",
      "elasticloadbalancing:RemoveTags",
      "elasticloadbalancing:SetIpAddressType",
      "elasticloadbalancing:SetRulePriorities",
      "elasticloadbalancing:SetSecurityGroups",
      "elasticloadbalancing:SetSubnets",
    ]
    resources = [
      "${local.elb}:loadbalancer/app/*",
      "${local.elb}:targetgroup/*",
      "${local.elb}:listener/app/*",
      "${local.elb}:listener-rule/app/*",
    ]
    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/${local.load_balancer_tag}"
      values   = [var.cluster_name]
    }
  }
}
