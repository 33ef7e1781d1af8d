"""What a person asks for, one file a use case."""
