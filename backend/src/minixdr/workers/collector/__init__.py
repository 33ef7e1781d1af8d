"""Collects log files from buckets: told by a queue, and by listing what the queue never named. `service.run_collector` is the way in."""
