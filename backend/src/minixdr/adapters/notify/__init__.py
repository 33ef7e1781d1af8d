"""Messages to the outside: HTTP and SMTP."""
