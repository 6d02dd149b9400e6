"""The desk: the pages where editors work. Each says which role it takes."""
