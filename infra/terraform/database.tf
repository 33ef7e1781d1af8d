resource "aws_db_instance" "main" {
  identifier = "mini-xdr"

  engine         = "postgres"
  engine_version = "18"
  instance_class = var.database_instance_class

  db_name                       = "minixdr"
  username                      = "minixdr_admin"
  manage_master_user_password   = true # made and rotated by RDS, in Secrets Manager; used once, to make the platform's own roles
  master_user_secret_kms_key_id = aws_kms_key.main.key_id

  allocated_storage     = var.database_storage_gb
  max_allocated_storage = var.database_storage_gb * 10
  storage_type          = "gp3"
  storage_encrypted     = true
  kms_key_id            = aws_kms_key.main.arn

  multi_az               = var.database_multi_az
  db_subnet_group_name   = aws_db_subnet_group.main.name
  vpc_security_group_ids = [aws_security_group.database.id]
  publicly_accessible    = false
  ca_cert_identifier     = "rds-ca-rsa2048-g1"
  parameter_group_name   = aws_db_parameter_group.main.name

  backup_retention_period   = var.database_backup_days
  backup_window             = "03:00-04:00"
  maintenance_window        = "sun:04:30-sun:05:30"
  copy_tags_to_snapshot     = true
  delete_automated_backups  = false
  deletion_protection       = var.database_deletion_protection
  final_snapshot_identifier = "mini-xdr-final"

  auto_minor_version_upgrade      = true
  performance_insights_enabled    = true
  performance_insights_kms_key_id = aws_kms_key.main.arn
  monitoring_interval             = 60
  monitoring_role_arn             = aws_iam_role.database_monitoring.arn
  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]

  lifecycle {
    ignore_changes = [engine_version] # minor versions come by themselves
  }

  depends_on = [aws_cloudwatch_log_group.database]
}

resource "aws_cloudwatch_log_group" "database" {
  for_each = toset(["postgresql", "upgrade"])

  name              = "/aws/rds/instance/mini-xdr/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.main.arn
}

resource "aws_db_subnet_group" "main" {
  name       = "mini-xdr"
  subnet_ids = [for each in aws_subnet.database : each.id]
}

resource "aws_db_parameter_group" "main" {
  name        = "mini-xdr-postgres18"
  family      = "postgres18"
  description = "Mini-XDR: no connection without TLS"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }
  parameter {
    name  = "log_min_duration_statement"
    value = "2000"
  }
  # Never "ddl" or "all": a password in a statement would be in the log.
  parameter {
    name  = "log_statement"
    value = "none"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group" "database" {
  name        = "mini-xdr-database"
  description = "PostgreSQL from the cluster nodes and pods, and nobody else"
  vpc_id      = aws_vpc.main.id
  tags        = { Name = "mini-xdr-database" }
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  security_group_id            = aws_security_group.database.id
  description                  = "PostgreSQL from the cluster"
  referenced_security_group_id = aws_eks_cluster.main.vpc_config[0].cluster_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_iam_role" "database_monitoring" {
  name               = "mini-xdr-database-monitoring"
  assume_role_policy = data.aws_iam_policy_document.database_monitoring_trust.json
}

data "aws_iam_policy_document" "database_monitoring_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["monitoring.rds.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

resource "aws_iam_role_policy_attachment" "database_monitoring" {
  role       = aws_iam_role.database_monitoring.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}
