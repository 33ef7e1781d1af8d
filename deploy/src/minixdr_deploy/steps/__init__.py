"""The steps of a ship, a file each."""
