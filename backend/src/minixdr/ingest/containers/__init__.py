"""Compressed files and archives -> the contents that lie in them."""
