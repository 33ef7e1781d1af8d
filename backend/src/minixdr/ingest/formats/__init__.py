"""The formats: every module of this folder, found by listing it. Adding one is adding a file."""
