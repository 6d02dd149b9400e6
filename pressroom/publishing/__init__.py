"""The journey of a release: entered, announced, in the feeds, in the digests.

`entering` holds what editors do to a release, `importing` the same for files, `feeds` and `digests` what goes out, and
`journey` the order of it all: `publish_due`.
"""
