"""Who gets in and what they may: signing in, one's own account, members, invitations, tokens, organizations, identity providers."""
