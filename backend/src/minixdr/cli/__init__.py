"""The command line. Imports of anything heavy happen inside the commands: `--help` stays fast."""
