"""Models: where they are kept, and what runs them."""
