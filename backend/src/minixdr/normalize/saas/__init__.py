"""What the sources of identity providers and hosted applications share: people, clients, activities."""
