"""Parts of the Google Workspace and Google Cloud sources."""
