"""What people do by hand, at the desk and by the command of the same name: each with its entry in the audit log."""
