"""What is kept: one Protocol a noun, reached as an attribute of a transaction."""
