"""Records that tests send."""

LOGIN = (
    b'{"eventVersion":"1.08","eventID":"%d","eventTime":"2026-01-02T03:04:05Z","eventSource":"signin.amazonaws.com",'
    b'"eventName":"ConsoleLogin","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.7","userIdentity":{"type":"Root",'
    b'"arn":"arn:aws:iam::111122223333:root","accountId":"111122223333"},"responseElements":{"ConsoleLogin":"Success"},'
    b'"additionalEventData":{"MFAUsed":"No"},"eventType":"AwsConsoleSignIn","recipientAccountId":"111122223333"}'
)
"""A sign-in of the root user without a second factor, by number: findings of our own rules."""
