CREATE INDEX subscribers_pending ON subscribers (pk) WHERE state = 'pending';
