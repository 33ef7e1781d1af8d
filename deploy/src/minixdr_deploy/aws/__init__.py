"""AWS, as the operator's credentials show it."""
