"""What an operator does with a site: look whether it is well."""
