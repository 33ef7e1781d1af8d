"""The only modules that touch a disk, a process or a network."""
