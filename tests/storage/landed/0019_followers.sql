CREATE INDEX subscriptions_on_shelves ON subscriptions (topic, series, frequency, subscriber) WHERE ended_at IS NULL;
CREATE INDEX subscribers_not_active ON subscribers (pk) WHERE state <> 'active';
CREATE INDEX release_authors_named ON release_authors (name);
