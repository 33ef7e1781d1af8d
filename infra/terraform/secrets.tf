# The three secrets that `minixdr-deploy secrets sync` copies into the cluster. They are made empty; secret-values/ writes their first values.
locals {
  secrets = {
    backend = "what api and worker need: database, log, key"
    migrate = "the role that owns the tables; the migration Job alone has it"
    nats    = "passwords of the log"
  }
}

resource "aws_secretsmanager_secret" "main" {
  for_each = local.secrets

  name                    = "mini-xdr/${each.key}"
  description             = "Mini-XDR: ${each.value}"
  kms_key_id              = aws_kms_key.main.arn
  recovery_window_in_days = 7
}
