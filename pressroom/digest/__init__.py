"""Announcements become messages: who is owed what, and how the mail that pays it reads. Pure."""
