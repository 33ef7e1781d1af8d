"""The cluster, as kubectl shows and changes it."""
