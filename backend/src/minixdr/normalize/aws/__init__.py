"""What the log sources of AWS are read with, one part a file."""
