# Of the load balancer. It is issued when the record is there that says the name is yours.
resource "aws_acm_certificate" "main" {
  domain_name       = var.host
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "certificate" {
  for_each = var.hosted_zone_id == null ? toset([]) : toset([var.host])

  zone_id         = var.hosted_zone_id
  name            = one([for each in aws_acm_certificate.main.domain_validation_options : each.resource_record_name])
  type            = one([for each in aws_acm_certificate.main.domain_validation_options : each.resource_record_type])
  records         = [one([for each in aws_acm_certificate.main.domain_validation_options : each.resource_record_value])]
  ttl             = 300
  allow_overwrite = true
}
