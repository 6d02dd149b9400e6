"""What an operator does with a site: look whether it is well, and whether what it has published is."""
