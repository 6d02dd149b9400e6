"""`publisher doctor`: all that a site needs from its machine, the DNS, the mail server and the web, looked at once."""
