"""The HTTP API: routes under `/api/v1` for people and machines. `app.create_app` makes it of a `Platform`."""
