"""Parts of the GitHub audit source: audit log entries and webhook deliveries."""
