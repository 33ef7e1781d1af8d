"""JSON texts -> the records in them: where values end, and which objects only wrap records."""
