"""What the log sources of Kubernetes are read with, one part a file."""
