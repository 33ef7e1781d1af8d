"""Parts of stories that several scenarios tell: what attackers do in one kind of place."""
