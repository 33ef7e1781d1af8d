"""Looking at a deployment: `look.observe` asks the outside world, `observed.Observed` is what came of it."""
