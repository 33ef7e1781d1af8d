"""Parts of the Cloudflare source: its data sets and what each tells."""
