"""Messages leave: encoded as RFC 5322 bytes, queued, handed over by SMTP or into a Maildir, and marked."""
