"""Parts of the Okta System Log source: shapes and event types."""
