"""What `publisher serve` answers over HTTP: published feeds, and the pages behind the links in mails."""
