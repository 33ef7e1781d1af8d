"""The durable log on NATS JetStream."""
