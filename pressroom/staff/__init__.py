"""The desk's own people: accounts, signing in, and the log of what they do."""
