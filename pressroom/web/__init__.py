"""What `publisher serve` answers over HTTP: published feeds, and the links in mails."""
