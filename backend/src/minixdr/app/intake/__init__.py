"""The way of a batch through a worker: `work.py` makes of it what is to be kept, `ports/stores/intake.py` says what that is."""
