"""The vocabulary: frozen types without behaviour. See docs/vocabulary.md for one meaning a word."""
