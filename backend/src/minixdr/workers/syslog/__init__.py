"""Syslog over TCP, TLS and UDP: messages in, batches of the log out. `service.start_syslog` is the way in."""
