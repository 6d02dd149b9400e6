CREATE TRIGGER catalogue_come_readable BEFORE INSERT ON catalogue
BEGIN
    SELECT RAISE(ABORT, 'catalogue.mail_closed_until is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.mail_closed_until IS NOT NULL AND (NEW.mail_closed_until NOT BETWEEN '1' AND '999' OR NEW.mail_closed_until IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.mail_closed_until,'+0 days')));
    SELECT RAISE(ABORT, 'catalogue.swept_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.swept_at IS NOT NULL AND (NEW.swept_at NOT BETWEEN '1' AND '999' OR NEW.swept_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.swept_at,'+0 days')));
END;
CREATE TRIGGER catalogue_stay_readable BEFORE UPDATE OF mail_closed_until, swept_at ON catalogue
BEGIN
    SELECT RAISE(ABORT, 'catalogue.mail_closed_until is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.mail_closed_until IS NOT OLD.mail_closed_until AND (NEW.mail_closed_until IS NOT NULL AND (NEW.mail_closed_until NOT BETWEEN '1' AND '999' OR NEW.mail_closed_until IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.mail_closed_until,'+0 days'))));
    SELECT RAISE(ABORT, 'catalogue.swept_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.swept_at IS NOT OLD.swept_at AND (NEW.swept_at IS NOT NULL AND (NEW.swept_at NOT BETWEEN '1' AND '999' OR NEW.swept_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.swept_at,'+0 days'))));
END;
CREATE INDEX catalogue_unreadable ON catalogue (mail_closed_until) WHERE ((mail_closed_until IS NOT NULL AND (mail_closed_until NOT BETWEEN '1' AND '999' OR mail_closed_until IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',mail_closed_until,'+0 days'))) OR (swept_at IS NOT NULL AND (swept_at NOT BETWEEN '1' AND '999' OR swept_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',swept_at,'+0 days'))));
CREATE TRIGGER announcements_come_readable BEFORE INSERT ON announcements
BEGIN
    SELECT RAISE(ABORT, 'announcements.made_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.made_at IS NOT NULL AND (NEW.made_at NOT BETWEEN '1' AND '999' OR NEW.made_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.made_at,'+0 days')));
END;
CREATE TRIGGER announcements_stay_readable BEFORE UPDATE OF made_at ON announcements
BEGIN
    SELECT RAISE(ABORT, 'announcements.made_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.made_at IS NOT OLD.made_at AND (NEW.made_at IS NOT NULL AND (NEW.made_at NOT BETWEEN '1' AND '999' OR NEW.made_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.made_at,'+0 days'))));
END;
CREATE INDEX announcements_unreadable ON announcements (made_at) WHERE ((made_at IS NOT NULL AND (made_at NOT BETWEEN '1' AND '999' OR made_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',made_at,'+0 days'))));
CREATE TRIGGER subscribers_come_readable BEFORE INSERT ON subscribers
BEGIN
    SELECT RAISE(ABORT, 'subscribers.created_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.created_at IS NOT NULL AND (NEW.created_at NOT BETWEEN '1' AND '999' OR NEW.created_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.created_at,'+0 days')));
    SELECT RAISE(ABORT, 'subscribers.state is one of pending, active, ended, suppressed') WHERE NEW.state NOT IN ('pending', 'active', 'ended', 'suppressed');
    SELECT RAISE(ABORT, 'subscribers.paused_until is a day like 2026-01-26') WHERE NEW.paused_until IS NOT date(NEW.paused_until,'+0 days');
END;
CREATE TRIGGER subscribers_stay_readable BEFORE UPDATE OF created_at, state, paused_until ON subscribers
BEGIN
    SELECT RAISE(ABORT, 'subscribers.created_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.created_at IS NOT OLD.created_at AND (NEW.created_at IS NOT NULL AND (NEW.created_at NOT BETWEEN '1' AND '999' OR NEW.created_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.created_at,'+0 days'))));
    SELECT RAISE(ABORT, 'subscribers.state is one of pending, active, ended, suppressed') WHERE (NEW.state IS NOT OLD.state AND NEW.state NOT IN ('pending', 'active', 'ended', 'suppressed'));
    SELECT RAISE(ABORT, 'subscribers.paused_until is a day like 2026-01-26') WHERE (NEW.paused_until IS NOT OLD.paused_until AND NEW.paused_until IS NOT date(NEW.paused_until,'+0 days'));
END;
CREATE INDEX subscribers_unreadable ON subscribers (created_at) WHERE ((created_at IS NOT NULL AND (created_at NOT BETWEEN '1' AND '999' OR created_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',created_at,'+0 days'))) OR state NOT IN ('pending', 'active', 'ended', 'suppressed') OR paused_until IS NOT date(paused_until,'+0 days'));
CREATE TRIGGER subscriptions_come_readable BEFORE INSERT ON subscriptions
BEGIN
    SELECT RAISE(ABORT, 'subscriptions.begun_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.begun_at IS NOT NULL AND (NEW.begun_at NOT BETWEEN '1' AND '999' OR NEW.begun_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.begun_at,'+0 days')));
    SELECT RAISE(ABORT, 'subscriptions.ended_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.ended_at IS NOT NULL AND (NEW.ended_at NOT BETWEEN '1' AND '999' OR NEW.ended_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.ended_at,'+0 days')));
    SELECT RAISE(ABORT, 'subscriptions.frequency is one of immediate, daily, weekly, monthly') WHERE NEW.frequency NOT IN ('immediate', 'daily', 'weekly', 'monthly');
END;
CREATE TRIGGER subscriptions_stay_readable BEFORE UPDATE OF begun_at, ended_at, frequency ON subscriptions
BEGIN
    SELECT RAISE(ABORT, 'subscriptions.begun_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.begun_at IS NOT OLD.begun_at AND (NEW.begun_at IS NOT NULL AND (NEW.begun_at NOT BETWEEN '1' AND '999' OR NEW.begun_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.begun_at,'+0 days'))));
    SELECT RAISE(ABORT, 'subscriptions.ended_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.ended_at IS NOT OLD.ended_at AND (NEW.ended_at IS NOT NULL AND (NEW.ended_at NOT BETWEEN '1' AND '999' OR NEW.ended_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.ended_at,'+0 days'))));
    SELECT RAISE(ABORT, 'subscriptions.frequency is one of immediate, daily, weekly, monthly') WHERE (NEW.frequency IS NOT OLD.frequency AND NEW.frequency NOT IN ('immediate', 'daily', 'weekly', 'monthly'));
END;
CREATE INDEX subscriptions_unreadable ON subscriptions (begun_at) WHERE ((begun_at IS NOT NULL AND (begun_at NOT BETWEEN '1' AND '999' OR begun_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',begun_at,'+0 days'))) OR (ended_at IS NOT NULL AND (ended_at NOT BETWEEN '1' AND '999' OR ended_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',ended_at,'+0 days'))) OR frequency NOT IN ('immediate', 'daily', 'weekly', 'monthly'));
CREATE TRIGGER consents_come_readable BEFORE INSERT ON consents
BEGIN
    SELECT RAISE(ABORT, 'consents.at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.at IS NOT NULL AND (NEW.at NOT BETWEEN '1' AND '999' OR NEW.at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.at,'+0 days')));
END;
CREATE TRIGGER consents_stay_readable BEFORE UPDATE OF at ON consents
BEGIN
    SELECT RAISE(ABORT, 'consents.at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.at IS NOT OLD.at AND (NEW.at IS NOT NULL AND (NEW.at NOT BETWEEN '1' AND '999' OR NEW.at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.at,'+0 days'))));
END;
CREATE INDEX consents_unreadable ON consents (at) WHERE ((at IS NOT NULL AND (at NOT BETWEEN '1' AND '999' OR at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',at,'+0 days'))));
CREATE TRIGGER suppressions_come_readable BEFORE INSERT ON suppressions
BEGIN
    SELECT RAISE(ABORT, 'suppressions.at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.at IS NOT NULL AND (NEW.at NOT BETWEEN '1' AND '999' OR NEW.at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.at,'+0 days')));
END;
CREATE TRIGGER suppressions_stay_readable BEFORE UPDATE OF at ON suppressions
BEGIN
    SELECT RAISE(ABORT, 'suppressions.at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.at IS NOT OLD.at AND (NEW.at IS NOT NULL AND (NEW.at NOT BETWEEN '1' AND '999' OR NEW.at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.at,'+0 days'))));
END;
CREATE INDEX suppressions_unreadable ON suppressions (at) WHERE ((at IS NOT NULL AND (at NOT BETWEEN '1' AND '999' OR at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',at,'+0 days'))));
CREATE TRIGGER sign_ups_come_readable BEFORE INSERT ON sign_ups
BEGIN
    SELECT RAISE(ABORT, 'sign_ups.at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.at IS NOT NULL AND (NEW.at NOT BETWEEN '1' AND '999' OR NEW.at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.at,'+0 days')));
    SELECT RAISE(ABORT, 'sign_ups.taken_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.taken_at IS NOT NULL AND (NEW.taken_at NOT BETWEEN '1' AND '999' OR NEW.taken_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.taken_at,'+0 days')));
END;
CREATE TRIGGER sign_ups_stay_readable BEFORE UPDATE OF at, taken_at ON sign_ups
BEGIN
    SELECT RAISE(ABORT, 'sign_ups.at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.at IS NOT OLD.at AND (NEW.at IS NOT NULL AND (NEW.at NOT BETWEEN '1' AND '999' OR NEW.at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.at,'+0 days'))));
    SELECT RAISE(ABORT, 'sign_ups.taken_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.taken_at IS NOT OLD.taken_at AND (NEW.taken_at IS NOT NULL AND (NEW.taken_at NOT BETWEEN '1' AND '999' OR NEW.taken_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.taken_at,'+0 days'))));
END;
CREATE INDEX sign_ups_unreadable ON sign_ups (at) WHERE ((at IS NOT NULL AND (at NOT BETWEEN '1' AND '999' OR at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',at,'+0 days'))) OR (taken_at IS NOT NULL AND (taken_at NOT BETWEEN '1' AND '999' OR taken_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',taken_at,'+0 days'))));
CREATE TRIGGER complaints_come_readable BEFORE INSERT ON complaints
BEGIN
    SELECT RAISE(ABORT, 'complaints.at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.at IS NOT NULL AND (NEW.at NOT BETWEEN '1' AND '999' OR NEW.at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.at,'+0 days')));
    SELECT RAISE(ABORT, 'complaints.acknowledged_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.acknowledged_at IS NOT NULL AND (NEW.acknowledged_at NOT BETWEEN '1' AND '999' OR NEW.acknowledged_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.acknowledged_at,'+0 days')));
    SELECT RAISE(ABORT, 'complaints.closed_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.closed_at IS NOT NULL AND (NEW.closed_at NOT BETWEEN '1' AND '999' OR NEW.closed_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.closed_at,'+0 days')));
END;
CREATE TRIGGER complaints_stay_readable BEFORE UPDATE OF at, acknowledged_at, closed_at ON complaints
BEGIN
    SELECT RAISE(ABORT, 'complaints.at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.at IS NOT OLD.at AND (NEW.at IS NOT NULL AND (NEW.at NOT BETWEEN '1' AND '999' OR NEW.at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.at,'+0 days'))));
    SELECT RAISE(ABORT, 'complaints.acknowledged_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.acknowledged_at IS NOT OLD.acknowledged_at AND (NEW.acknowledged_at IS NOT NULL AND (NEW.acknowledged_at NOT BETWEEN '1' AND '999' OR NEW.acknowledged_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.acknowledged_at,'+0 days'))));
    SELECT RAISE(ABORT, 'complaints.closed_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.closed_at IS NOT OLD.closed_at AND (NEW.closed_at IS NOT NULL AND (NEW.closed_at NOT BETWEEN '1' AND '999' OR NEW.closed_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.closed_at,'+0 days'))));
END;
CREATE INDEX complaints_unreadable ON complaints (at) WHERE ((at IS NOT NULL AND (at NOT BETWEEN '1' AND '999' OR at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',at,'+0 days'))) OR (acknowledged_at IS NOT NULL AND (acknowledged_at NOT BETWEEN '1' AND '999' OR acknowledged_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',acknowledged_at,'+0 days'))) OR (closed_at IS NOT NULL AND (closed_at NOT BETWEEN '1' AND '999' OR closed_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',closed_at,'+0 days'))));
CREATE TRIGGER runs_come_readable BEFORE INSERT ON runs
BEGIN
    SELECT RAISE(ABORT, 'runs.opened_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.opened_at IS NOT NULL AND (NEW.opened_at NOT BETWEEN '1' AND '999' OR NEW.opened_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.opened_at,'+0 days')));
    SELECT RAISE(ABORT, 'runs.closed_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.closed_at IS NOT NULL AND (NEW.closed_at NOT BETWEEN '1' AND '999' OR NEW.closed_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.closed_at,'+0 days')));
    SELECT RAISE(ABORT, 'runs.resumed_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.resumed_at IS NOT NULL AND (NEW.resumed_at NOT BETWEEN '1' AND '999' OR NEW.resumed_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.resumed_at,'+0 days')));
    SELECT RAISE(ABORT, 'runs.state is one of open, paused, closed, empty') WHERE NEW.state NOT IN ('open', 'paused', 'closed', 'empty');
    SELECT RAISE(ABORT, 'runs.expected is a list in JSON') WHERE (NOT json_valid(NEW.expected) OR json_type(NEW.expected) <> 'array');
    SELECT RAISE(ABORT, 'runs.notes is an object in JSON') WHERE (NOT json_valid(NEW.notes) OR json_type(NEW.notes) <> 'object');
END;
CREATE TRIGGER runs_stay_readable BEFORE UPDATE OF opened_at, closed_at, resumed_at, state, expected, notes ON runs
BEGIN
    SELECT RAISE(ABORT, 'runs.opened_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.opened_at IS NOT OLD.opened_at AND (NEW.opened_at IS NOT NULL AND (NEW.opened_at NOT BETWEEN '1' AND '999' OR NEW.opened_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.opened_at,'+0 days'))));
    SELECT RAISE(ABORT, 'runs.closed_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.closed_at IS NOT OLD.closed_at AND (NEW.closed_at IS NOT NULL AND (NEW.closed_at NOT BETWEEN '1' AND '999' OR NEW.closed_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.closed_at,'+0 days'))));
    SELECT RAISE(ABORT, 'runs.resumed_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.resumed_at IS NOT OLD.resumed_at AND (NEW.resumed_at IS NOT NULL AND (NEW.resumed_at NOT BETWEEN '1' AND '999' OR NEW.resumed_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.resumed_at,'+0 days'))));
    SELECT RAISE(ABORT, 'runs.state is one of open, paused, closed, empty') WHERE (NEW.state IS NOT OLD.state AND NEW.state NOT IN ('open', 'paused', 'closed', 'empty'));
    SELECT RAISE(ABORT, 'runs.expected is a list in JSON') WHERE (NEW.expected IS NOT OLD.expected AND (NOT json_valid(NEW.expected) OR json_type(NEW.expected) <> 'array'));
    SELECT RAISE(ABORT, 'runs.notes is an object in JSON') WHERE (NEW.notes IS NOT OLD.notes AND (NOT json_valid(NEW.notes) OR json_type(NEW.notes) <> 'object'));
END;
CREATE INDEX runs_unreadable ON runs (opened_at) WHERE ((opened_at IS NOT NULL AND (opened_at NOT BETWEEN '1' AND '999' OR opened_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',opened_at,'+0 days'))) OR (closed_at IS NOT NULL AND (closed_at NOT BETWEEN '1' AND '999' OR closed_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',closed_at,'+0 days'))) OR (resumed_at IS NOT NULL AND (resumed_at NOT BETWEEN '1' AND '999' OR resumed_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',resumed_at,'+0 days'))) OR state NOT IN ('open', 'paused', 'closed', 'empty') OR (NOT json_valid(expected) OR json_type(expected) <> 'array') OR (NOT json_valid(notes) OR json_type(notes) <> 'object'));
CREATE TRIGGER run_items_come_readable BEFORE INSERT ON run_items
BEGIN
    SELECT RAISE(ABORT, 'run_items.change is one of new, revised, withdrawn, filed') WHERE NEW.change NOT IN ('new', 'revised', 'withdrawn', 'filed');
    SELECT RAISE(ABORT, 'run_items.nos is a list in JSON') WHERE (NOT json_valid(NEW.nos) OR json_type(NEW.nos) <> 'array');
    SELECT RAISE(ABORT, 'run_items.facts is an object in JSON with what was told') WHERE (NOT json_valid(NEW.facts) OR json_type(NEW.facts, '$.title') IS NOT 'text' OR json_type(NEW.facts, '$.url') IS NOT 'text' OR json_type(NEW.facts, '$.kind') IS NOT 'text' OR json_type(NEW.facts, '$.language') IS NOT 'text' OR json_type(NEW.facts, '$.formats') IS NOT 'array' OR json_type(NEW.facts, '$.relations') IS NOT 'array');
END;
CREATE TRIGGER run_items_stay_readable BEFORE UPDATE OF change, nos, facts ON run_items
BEGIN
    SELECT RAISE(ABORT, 'run_items.change is one of new, revised, withdrawn, filed') WHERE (NEW.change IS NOT OLD.change AND NEW.change NOT IN ('new', 'revised', 'withdrawn', 'filed'));
    SELECT RAISE(ABORT, 'run_items.nos is a list in JSON') WHERE (NEW.nos IS NOT OLD.nos AND (NOT json_valid(NEW.nos) OR json_type(NEW.nos) <> 'array'));
    SELECT RAISE(ABORT, 'run_items.facts is an object in JSON with what was told') WHERE (NEW.facts IS NOT OLD.facts AND (NOT json_valid(NEW.facts) OR json_type(NEW.facts, '$.title') IS NOT 'text' OR json_type(NEW.facts, '$.url') IS NOT 'text' OR json_type(NEW.facts, '$.kind') IS NOT 'text' OR json_type(NEW.facts, '$.language') IS NOT 'text' OR json_type(NEW.facts, '$.formats') IS NOT 'array' OR json_type(NEW.facts, '$.relations') IS NOT 'array'));
END;
CREATE INDEX run_items_unreadable ON run_items (change) WHERE (change NOT IN ('new', 'revised', 'withdrawn', 'filed') OR (NOT json_valid(nos) OR json_type(nos) <> 'array') OR (NOT json_valid(facts) OR json_type(facts, '$.title') IS NOT 'text' OR json_type(facts, '$.url') IS NOT 'text' OR json_type(facts, '$.kind') IS NOT 'text' OR json_type(facts, '$.language') IS NOT 'text' OR json_type(facts, '$.formats') IS NOT 'array' OR json_type(facts, '$.relations') IS NOT 'array'));
CREATE TRIGGER due_times_come_readable BEFORE INSERT ON due_times
BEGIN
    SELECT RAISE(ABORT, 'due_times.due is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.due IS NOT NULL AND (NEW.due NOT BETWEEN '1' AND '999' OR NEW.due IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.due,'+0 days')));
    SELECT RAISE(ABORT, 'due_times.frequency is one of immediate, daily, weekly, monthly') WHERE NEW.frequency NOT IN ('immediate', 'daily', 'weekly', 'monthly');
END;
CREATE TRIGGER due_times_stay_readable BEFORE UPDATE OF due, frequency ON due_times
BEGIN
    SELECT RAISE(ABORT, 'due_times.due is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.due IS NOT OLD.due AND (NEW.due IS NOT NULL AND (NEW.due NOT BETWEEN '1' AND '999' OR NEW.due IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.due,'+0 days'))));
    SELECT RAISE(ABORT, 'due_times.frequency is one of immediate, daily, weekly, monthly') WHERE (NEW.frequency IS NOT OLD.frequency AND NEW.frequency NOT IN ('immediate', 'daily', 'weekly', 'monthly'));
END;
CREATE INDEX due_times_unreadable ON due_times (due) WHERE ((due IS NOT NULL AND (due NOT BETWEEN '1' AND '999' OR due IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',due,'+0 days'))) OR frequency NOT IN ('immediate', 'daily', 'weekly', 'monthly'));
CREATE TRIGGER issues_come_readable BEFORE INSERT ON issues
BEGIN
    SELECT RAISE(ABORT, 'issues.published_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.published_at IS NOT NULL AND (NEW.published_at NOT BETWEEN '1' AND '999' OR NEW.published_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.published_at,'+0 days')));
END;
CREATE TRIGGER issues_stay_readable BEFORE UPDATE OF published_at ON issues
BEGIN
    SELECT RAISE(ABORT, 'issues.published_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.published_at IS NOT OLD.published_at AND (NEW.published_at IS NOT NULL AND (NEW.published_at NOT BETWEEN '1' AND '999' OR NEW.published_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.published_at,'+0 days'))));
END;
CREATE INDEX issues_unreadable ON issues (published_at) WHERE ((published_at IS NOT NULL AND (published_at NOT BETWEEN '1' AND '999' OR published_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',published_at,'+0 days'))));
CREATE INDEX deliveries_unreadable ON deliveries (first_attempt_at) WHERE ((first_attempt_at IS NOT NULL AND first_attempt_at NOT GLOB '[1-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z') OR (next_attempt_at IS NOT NULL AND next_attempt_at NOT GLOB '[1-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z') OR (claimed_at IS NOT NULL AND claimed_at NOT GLOB '[1-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z') OR (finished_at IS NOT NULL AND finished_at NOT GLOB '[1-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z') OR (stopped_at IS NOT NULL AND stopped_at NOT GLOB '[1-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z'));
CREATE TRIGGER letters_come_readable BEFORE INSERT ON letters
BEGIN
    SELECT RAISE(ABORT, 'letters.made_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.made_at IS NOT NULL AND (NEW.made_at NOT BETWEEN '1' AND '999' OR NEW.made_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.made_at,'+0 days')));
    SELECT RAISE(ABORT, 'letters.first_attempt_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.first_attempt_at IS NOT NULL AND (NEW.first_attempt_at NOT BETWEEN '1' AND '999' OR NEW.first_attempt_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.first_attempt_at,'+0 days')));
    SELECT RAISE(ABORT, 'letters.next_attempt_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.next_attempt_at IS NOT NULL AND (NEW.next_attempt_at NOT BETWEEN '1' AND '999' OR NEW.next_attempt_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.next_attempt_at,'+0 days')));
    SELECT RAISE(ABORT, 'letters.claimed_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.claimed_at IS NOT NULL AND (NEW.claimed_at NOT BETWEEN '1' AND '999' OR NEW.claimed_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.claimed_at,'+0 days')));
    SELECT RAISE(ABORT, 'letters.finished_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.finished_at IS NOT NULL AND (NEW.finished_at NOT BETWEEN '1' AND '999' OR NEW.finished_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.finished_at,'+0 days')));
    SELECT RAISE(ABORT, 'letters.state is one of queued, claimed, handed-over, retry, sent, failed, suppressed, cancelled, unknown') WHERE NEW.state NOT IN ('queued', 'claimed', 'handed-over', 'retry', 'sent', 'failed', 'suppressed', 'cancelled', 'unknown');
    SELECT RAISE(ABORT, 'letters.kind is one of confirmation, welcome, preferences, goodbye, already, address, moved, complaint') WHERE NEW.kind NOT IN ('confirmation', 'welcome', 'preferences', 'goodbye', 'already', 'address', 'moved', 'complaint');
END;
CREATE TRIGGER letters_stay_readable BEFORE UPDATE OF made_at, first_attempt_at, next_attempt_at, claimed_at, finished_at, state, kind ON letters
BEGIN
    SELECT RAISE(ABORT, 'letters.made_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.made_at IS NOT OLD.made_at AND (NEW.made_at IS NOT NULL AND (NEW.made_at NOT BETWEEN '1' AND '999' OR NEW.made_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.made_at,'+0 days'))));
    SELECT RAISE(ABORT, 'letters.first_attempt_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.first_attempt_at IS NOT OLD.first_attempt_at AND (NEW.first_attempt_at IS NOT NULL AND (NEW.first_attempt_at NOT BETWEEN '1' AND '999' OR NEW.first_attempt_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.first_attempt_at,'+0 days'))));
    SELECT RAISE(ABORT, 'letters.next_attempt_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.next_attempt_at IS NOT OLD.next_attempt_at AND (NEW.next_attempt_at IS NOT NULL AND (NEW.next_attempt_at NOT BETWEEN '1' AND '999' OR NEW.next_attempt_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.next_attempt_at,'+0 days'))));
    SELECT RAISE(ABORT, 'letters.claimed_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.claimed_at IS NOT OLD.claimed_at AND (NEW.claimed_at IS NOT NULL AND (NEW.claimed_at NOT BETWEEN '1' AND '999' OR NEW.claimed_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.claimed_at,'+0 days'))));
    SELECT RAISE(ABORT, 'letters.finished_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.finished_at IS NOT OLD.finished_at AND (NEW.finished_at IS NOT NULL AND (NEW.finished_at NOT BETWEEN '1' AND '999' OR NEW.finished_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.finished_at,'+0 days'))));
    SELECT RAISE(ABORT, 'letters.state is one of queued, claimed, handed-over, retry, sent, failed, suppressed, cancelled, unknown') WHERE (NEW.state IS NOT OLD.state AND NEW.state NOT IN ('queued', 'claimed', 'handed-over', 'retry', 'sent', 'failed', 'suppressed', 'cancelled', 'unknown'));
    SELECT RAISE(ABORT, 'letters.kind is one of confirmation, welcome, preferences, goodbye, already, address, moved, complaint') WHERE (NEW.kind IS NOT OLD.kind AND NEW.kind NOT IN ('confirmation', 'welcome', 'preferences', 'goodbye', 'already', 'address', 'moved', 'complaint'));
END;
CREATE INDEX letters_unreadable ON letters (made_at) WHERE ((made_at IS NOT NULL AND (made_at NOT BETWEEN '1' AND '999' OR made_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',made_at,'+0 days'))) OR (first_attempt_at IS NOT NULL AND (first_attempt_at NOT BETWEEN '1' AND '999' OR first_attempt_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',first_attempt_at,'+0 days'))) OR (next_attempt_at IS NOT NULL AND (next_attempt_at NOT BETWEEN '1' AND '999' OR next_attempt_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',next_attempt_at,'+0 days'))) OR (claimed_at IS NOT NULL AND (claimed_at NOT BETWEEN '1' AND '999' OR claimed_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',claimed_at,'+0 days'))) OR (finished_at IS NOT NULL AND (finished_at NOT BETWEEN '1' AND '999' OR finished_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',finished_at,'+0 days'))) OR state NOT IN ('queued', 'claimed', 'handed-over', 'retry', 'sent', 'failed', 'suppressed', 'cancelled', 'unknown') OR kind NOT IN ('confirmation', 'welcome', 'preferences', 'goodbye', 'already', 'address', 'moved', 'complaint'));
CREATE TRIGGER bounces_come_readable BEFORE INSERT ON bounces
BEGIN
    SELECT RAISE(ABORT, 'bounces.at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.at IS NOT NULL AND (NEW.at NOT BETWEEN '1' AND '999' OR NEW.at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.at,'+0 days')));
    SELECT RAISE(ABORT, 'bounces.sent_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.sent_at IS NOT NULL AND (NEW.sent_at NOT BETWEEN '1' AND '999' OR NEW.sent_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.sent_at,'+0 days')));
    SELECT RAISE(ABORT, 'bounces.class is one of dead, unclear, soft, ours, information, abuse') WHERE NEW.class NOT IN ('dead', 'unclear', 'soft', 'ours', 'information', 'abuse');
END;
CREATE TRIGGER bounces_stay_readable BEFORE UPDATE OF at, sent_at, class ON bounces
BEGIN
    SELECT RAISE(ABORT, 'bounces.at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.at IS NOT OLD.at AND (NEW.at IS NOT NULL AND (NEW.at NOT BETWEEN '1' AND '999' OR NEW.at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.at,'+0 days'))));
    SELECT RAISE(ABORT, 'bounces.sent_at is a moment like 2026-01-26T09:00:00Z') WHERE (NEW.sent_at IS NOT OLD.sent_at AND (NEW.sent_at IS NOT NULL AND (NEW.sent_at NOT BETWEEN '1' AND '999' OR NEW.sent_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',NEW.sent_at,'+0 days'))));
    SELECT RAISE(ABORT, 'bounces.class is one of dead, unclear, soft, ours, information, abuse') WHERE (NEW.class IS NOT OLD.class AND NEW.class NOT IN ('dead', 'unclear', 'soft', 'ours', 'information', 'abuse'));
END;
CREATE INDEX bounces_unreadable ON bounces (at) WHERE ((at IS NOT NULL AND (at NOT BETWEEN '1' AND '999' OR at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',at,'+0 days'))) OR (sent_at IS NOT NULL AND (sent_at NOT BETWEEN '1' AND '999' OR sent_at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ',sent_at,'+0 days'))) OR class NOT IN ('dead', 'unclear', 'soft', 'ours', 'information', 'abuse'));
CREATE INDEX announcements_odd ON announcements (no) WHERE (change NOT IN ('new', 'revised', 'withdrawn', 'filed') OR length(note) > 20000
    OR at NOT BETWEEN '1990' AND '2101');
CREATE TRIGGER topics_that_are_named_stay BEFORE DELETE ON topics WHEN EXISTS (SELECT 1 FROM subscriptions WHERE topic = OLD.pk) OR EXISTS (SELECT 1 FROM release_topics WHERE topic = OLD.pk) OR EXISTS (SELECT 1 FROM announcement_topics WHERE topic = OLD.pk) OR EXISTS (SELECT 1 FROM topic_aliases WHERE topic = OLD.pk) OR EXISTS (SELECT 1 FROM topics WHERE merged_into = OLD.pk)
BEGIN SELECT RAISE(ABORT, 'this row of topics stays: others name it'); END;
CREATE TRIGGER topics_that_are_named_keep_their_number BEFORE UPDATE OF pk ON topics
WHEN NEW.pk <> OLD.pk AND (EXISTS (SELECT 1 FROM subscriptions WHERE topic = OLD.pk) OR EXISTS (SELECT 1 FROM release_topics WHERE topic = OLD.pk) OR EXISTS (SELECT 1 FROM announcement_topics WHERE topic = OLD.pk) OR EXISTS (SELECT 1 FROM topic_aliases WHERE topic = OLD.pk) OR EXISTS (SELECT 1 FROM topics WHERE merged_into = OLD.pk))
BEGIN SELECT RAISE(ABORT, 'this row of topics stays: others name it'); END;
CREATE TRIGGER series_that_are_named_stay BEFORE DELETE ON series WHEN EXISTS (SELECT 1 FROM subscriptions WHERE series = OLD.pk) OR EXISTS (SELECT 1 FROM releases WHERE series = OLD.pk) OR EXISTS (SELECT 1 FROM announcements WHERE series = OLD.pk)
BEGIN SELECT RAISE(ABORT, 'this row of series stays: others name it'); END;
CREATE TRIGGER series_that_are_named_keep_their_number BEFORE UPDATE OF pk ON series
WHEN NEW.pk <> OLD.pk AND (EXISTS (SELECT 1 FROM subscriptions WHERE series = OLD.pk) OR EXISTS (SELECT 1 FROM releases WHERE series = OLD.pk) OR EXISTS (SELECT 1 FROM announcements WHERE series = OLD.pk))
BEGIN SELECT RAISE(ABORT, 'this row of series stays: others name it'); END;
CREATE TRIGGER runs_that_are_named_stay BEFORE DELETE ON runs WHEN EXISTS (SELECT 1 FROM deliveries WHERE run = OLD.pk) OR EXISTS (SELECT 1 FROM run_items WHERE run = OLD.pk) OR EXISTS (SELECT 1 FROM bundles WHERE run = OLD.pk) OR EXISTS (SELECT 1 FROM due_times WHERE run = OLD.pk) OR EXISTS (SELECT 1 FROM run_frequencies WHERE run = OLD.pk) OR EXISTS (SELECT 1 FROM issues WHERE run = OLD.pk) OR EXISTS (SELECT 1 FROM deleted_deliveries WHERE run = OLD.pk) OR EXISTS (SELECT 1 FROM bounces WHERE run = OLD.pk)
BEGIN SELECT RAISE(ABORT, 'this row of runs stays: others name it'); END;
CREATE TRIGGER runs_that_are_named_keep_their_number BEFORE UPDATE OF pk ON runs
WHEN NEW.pk <> OLD.pk AND (EXISTS (SELECT 1 FROM deliveries WHERE run = OLD.pk) OR EXISTS (SELECT 1 FROM run_items WHERE run = OLD.pk) OR EXISTS (SELECT 1 FROM bundles WHERE run = OLD.pk) OR EXISTS (SELECT 1 FROM due_times WHERE run = OLD.pk) OR EXISTS (SELECT 1 FROM run_frequencies WHERE run = OLD.pk) OR EXISTS (SELECT 1 FROM issues WHERE run = OLD.pk) OR EXISTS (SELECT 1 FROM deleted_deliveries WHERE run = OLD.pk) OR EXISTS (SELECT 1 FROM bounces WHERE run = OLD.pk))
BEGIN SELECT RAISE(ABORT, 'this row of runs stays: others name it'); END;
CREATE TRIGGER bundles_that_are_named_stay BEFORE DELETE ON bundles WHEN EXISTS (SELECT 1 FROM deliveries WHERE bundle = OLD.pk) OR EXISTS (SELECT 1 FROM bundle_items WHERE bundle = OLD.pk)
BEGIN SELECT RAISE(ABORT, 'this row of bundles stays: others name it'); END;
CREATE TRIGGER bundles_that_are_named_keep_their_number BEFORE UPDATE OF pk ON bundles
WHEN NEW.pk <> OLD.pk AND (EXISTS (SELECT 1 FROM deliveries WHERE bundle = OLD.pk) OR EXISTS (SELECT 1 FROM bundle_items WHERE bundle = OLD.pk))
BEGIN SELECT RAISE(ABORT, 'this row of bundles stays: others name it'); END;
CREATE TRIGGER run_items_that_are_named_stay BEFORE DELETE ON run_items WHEN EXISTS (SELECT 1 FROM bundle_items WHERE item = OLD.pk)
BEGIN SELECT RAISE(ABORT, 'this row of run_items stays: others name it'); END;
CREATE TRIGGER run_items_that_are_named_keep_their_number BEFORE UPDATE OF pk ON run_items
WHEN NEW.pk <> OLD.pk AND (EXISTS (SELECT 1 FROM bundle_items WHERE item = OLD.pk))
BEGIN SELECT RAISE(ABORT, 'this row of run_items stays: others name it'); END;
CREATE TRIGGER releases_that_are_named_stay BEFORE DELETE ON releases WHEN EXISTS (SELECT 1 FROM run_items WHERE release = OLD.pk) OR EXISTS (SELECT 1 FROM paid WHERE release = OLD.pk) OR EXISTS (SELECT 1 FROM shelf_places WHERE release = OLD.pk) OR EXISTS (SELECT 1 FROM notes WHERE lead = OLD.pk) OR EXISTS (SELECT 1 FROM releases WHERE replacement = OLD.pk)
BEGIN SELECT RAISE(ABORT, 'this row of releases stays: others name it'); END;
CREATE TRIGGER releases_that_are_named_keep_their_number BEFORE UPDATE OF pk ON releases
WHEN NEW.pk <> OLD.pk AND (EXISTS (SELECT 1 FROM run_items WHERE release = OLD.pk) OR EXISTS (SELECT 1 FROM paid WHERE release = OLD.pk) OR EXISTS (SELECT 1 FROM shelf_places WHERE release = OLD.pk) OR EXISTS (SELECT 1 FROM notes WHERE lead = OLD.pk) OR EXISTS (SELECT 1 FROM releases WHERE replacement = OLD.pk))
BEGIN SELECT RAISE(ABORT, 'this row of releases stays: others name it'); END;
CREATE TRIGGER deliveries_name_run_by_update BEFORE UPDATE OF run ON deliveries WHEN NEW.run IS NOT NULL AND NOT EXISTS (SELECT 1 FROM runs WHERE pk = NEW.run)
BEGIN SELECT RAISE(ABORT, 'deliveries.run is the number of a row of runs'); END;
CREATE TRIGGER deliveries_name_bundle_by_update BEFORE UPDATE OF bundle ON deliveries WHEN NEW.bundle IS NOT NULL AND NOT EXISTS (SELECT 1 FROM bundles WHERE pk = NEW.bundle)
BEGIN SELECT RAISE(ABORT, 'deliveries.bundle is the number of a row of bundles'); END;
CREATE TRIGGER bundles_name_run_by_update BEFORE UPDATE OF run ON bundles WHEN NEW.run IS NOT NULL AND NOT EXISTS (SELECT 1 FROM runs WHERE pk = NEW.run)
BEGIN SELECT RAISE(ABORT, 'bundles.run is the number of a row of runs'); END;
CREATE TRIGGER bundle_items_name_bundle_by_update BEFORE UPDATE OF bundle ON bundle_items WHEN NEW.bundle IS NOT NULL AND NOT EXISTS (SELECT 1 FROM bundles WHERE pk = NEW.bundle)
BEGIN SELECT RAISE(ABORT, 'bundle_items.bundle is the number of a row of bundles'); END;
CREATE TRIGGER bundle_items_name_item_by_update BEFORE UPDATE OF item ON bundle_items WHEN NEW.item IS NOT NULL AND NOT EXISTS (SELECT 1 FROM run_items WHERE pk = NEW.item)
BEGIN SELECT RAISE(ABORT, 'bundle_items.item is the number of a row of run_items'); END;
CREATE TRIGGER run_items_name_run_by_update BEFORE UPDATE OF run ON run_items WHEN NEW.run IS NOT NULL AND NOT EXISTS (SELECT 1 FROM runs WHERE pk = NEW.run)
BEGIN SELECT RAISE(ABORT, 'run_items.run is the number of a row of runs'); END;
CREATE TRIGGER run_items_name_release_by_update BEFORE UPDATE OF release ON run_items WHEN NEW.release IS NOT NULL AND NOT EXISTS (SELECT 1 FROM releases WHERE pk = NEW.release)
BEGIN SELECT RAISE(ABORT, 'run_items.release is the number of a row of releases'); END;
CREATE TRIGGER announcements_name_release_by_update BEFORE UPDATE OF release ON announcements WHEN NEW.release IS NOT NULL AND NOT EXISTS (SELECT 1 FROM releases WHERE pk = NEW.release)
BEGIN SELECT RAISE(ABORT, 'announcements.release is the number of a row of releases'); END;
CREATE TRIGGER announcements_name_release_by_insert BEFORE INSERT ON announcements WHEN NEW.release IS NOT NULL AND NOT EXISTS (SELECT 1 FROM releases WHERE pk = NEW.release)
BEGIN SELECT RAISE(ABORT, 'announcements.release is the number of a row of releases'); END;
CREATE TRIGGER announcements_name_series_by_update BEFORE UPDATE OF series ON announcements WHEN NEW.series IS NOT NULL AND NOT EXISTS (SELECT 1 FROM series WHERE pk = NEW.series)
BEGIN SELECT RAISE(ABORT, 'announcements.series is the number of a row of series'); END;
CREATE TRIGGER announcements_name_series_by_insert BEFORE INSERT ON announcements WHEN NEW.series IS NOT NULL AND NOT EXISTS (SELECT 1 FROM series WHERE pk = NEW.series)
BEGIN SELECT RAISE(ABORT, 'announcements.series is the number of a row of series'); END;
CREATE TRIGGER announcement_topics_name_topic_by_update BEFORE UPDATE OF topic ON announcement_topics WHEN NEW.topic IS NOT NULL AND NOT EXISTS (SELECT 1 FROM topics WHERE pk = NEW.topic)
BEGIN SELECT RAISE(ABORT, 'announcement_topics.topic is the number of a row of topics'); END;
CREATE TRIGGER announcement_topics_name_topic_by_insert BEFORE INSERT ON announcement_topics WHEN NEW.topic IS NOT NULL AND NOT EXISTS (SELECT 1 FROM topics WHERE pk = NEW.topic)
BEGIN SELECT RAISE(ABORT, 'announcement_topics.topic is the number of a row of topics'); END;
CREATE TRIGGER release_topics_name_topic_by_update BEFORE UPDATE OF topic ON release_topics WHEN NEW.topic IS NOT NULL AND NOT EXISTS (SELECT 1 FROM topics WHERE pk = NEW.topic)
BEGIN SELECT RAISE(ABORT, 'release_topics.topic is the number of a row of topics'); END;
CREATE TRIGGER release_topics_name_topic_by_insert BEFORE INSERT ON release_topics WHEN NEW.topic IS NOT NULL AND NOT EXISTS (SELECT 1 FROM topics WHERE pk = NEW.topic)
BEGIN SELECT RAISE(ABORT, 'release_topics.topic is the number of a row of topics'); END;
CREATE TRIGGER release_relations_name_target_by_update BEFORE UPDATE OF target ON release_relations WHEN NEW.target IS NOT NULL AND NOT EXISTS (SELECT 1 FROM releases WHERE pk = NEW.target)
BEGIN SELECT RAISE(ABORT, 'release_relations.target is the number of a row of releases'); END;
CREATE TRIGGER release_relations_name_target_by_insert BEFORE INSERT ON release_relations WHEN NEW.target IS NOT NULL AND NOT EXISTS (SELECT 1 FROM releases WHERE pk = NEW.target)
BEGIN SELECT RAISE(ABORT, 'release_relations.target is the number of a row of releases'); END;
CREATE TRIGGER subscribers_take_along AFTER DELETE ON subscribers
BEGIN
    DELETE FROM subscriptions WHERE subscriber = OLD.pk;
    DELETE FROM filters WHERE subscriber = OLD.pk;
    DELETE FROM consents WHERE subscriber = OLD.pk;
    DELETE FROM owed WHERE subscriber = OLD.pk;
    DELETE FROM struck WHERE subscriber = OLD.pk;
    DELETE FROM held_back WHERE subscriber = OLD.pk;
    DELETE FROM paid WHERE subscriber = OLD.pk;
    DELETE FROM private_feeds WHERE subscriber = OLD.pk;
    DELETE FROM further_tokens WHERE subscriber = OLD.pk;
    DELETE FROM left_with WHERE subscriber = OLD.pk;
    DELETE FROM bounces WHERE subscriber = OLD.pk;
    UPDATE deliveries SET subscriber = NULL WHERE subscriber = OLD.pk;
    UPDATE letters SET subscriber = NULL WHERE subscriber = OLD.pk;
END;
CREATE TRIGGER releases_take_along AFTER DELETE ON releases
BEGIN
    DELETE FROM release_topics WHERE release = OLD.pk;
    DELETE FROM release_authors WHERE release = OLD.pk;
    DELETE FROM release_partners WHERE release = OLD.pk;
    DELETE FROM release_files WHERE release = OLD.pk;
    DELETE FROM release_urls WHERE release = OLD.pk;
    DELETE FROM release_relations WHERE release = OLD.pk;
    DELETE FROM release_changes WHERE release = OLD.pk;
    DELETE FROM earlier_slugs WHERE release = OLD.pk;
    DELETE FROM release_relations WHERE target = OLD.pk;
END;
CREATE TRIGGER topics_take_along AFTER DELETE ON topics
BEGIN
    DELETE FROM topic_aliases WHERE topic = OLD.pk;
END;
CREATE TRIGGER subscribers_move_with_their_key AFTER UPDATE OF address ON subscribers
WHEN NEW.address_key = OLD.address_key AND NEW.address_key <> lower(NEW.address)
    AND NEW.address NOT GLOB '*[^ -~]*' AND NEW.address NOT LIKE '%xn
BEGIN UPDATE subscribers SET address_key = lower(trim(NEW.address)) WHERE pk = NEW.pk; END;
DELETE FROM subscriptions WHERE subscriber NOT IN (SELECT pk FROM subscribers);
DELETE FROM filters WHERE subscriber NOT IN (SELECT pk FROM subscribers);
DELETE FROM consents WHERE subscriber NOT IN (SELECT pk FROM subscribers);
DELETE FROM owed WHERE subscriber NOT IN (SELECT pk FROM subscribers);
DELETE FROM struck WHERE subscriber NOT IN (SELECT pk FROM subscribers);
DELETE FROM held_back WHERE subscriber NOT IN (SELECT pk FROM subscribers);
DELETE FROM paid WHERE subscriber NOT IN (SELECT pk FROM subscribers);
DELETE FROM private_feeds WHERE subscriber NOT IN (SELECT pk FROM subscribers);
DELETE FROM further_tokens WHERE subscriber NOT IN (SELECT pk FROM subscribers);
DELETE FROM left_with WHERE subscriber NOT IN (SELECT pk FROM subscribers);
DELETE FROM bounces WHERE subscriber NOT IN (SELECT pk FROM subscribers);
UPDATE deliveries SET subscriber = NULL WHERE subscriber NOT IN (SELECT pk FROM subscribers);
UPDATE letters SET subscriber = NULL WHERE subscriber NOT IN (SELECT pk FROM subscribers);
DELETE FROM release_topics WHERE release NOT IN (SELECT pk FROM releases);
DELETE FROM release_authors WHERE release NOT IN (SELECT pk FROM releases);
DELETE FROM release_partners WHERE release NOT IN (SELECT pk FROM releases);
DELETE FROM release_files WHERE release NOT IN (SELECT pk FROM releases);
DELETE FROM release_urls WHERE release NOT IN (SELECT pk FROM releases);
DELETE FROM release_relations WHERE release NOT IN (SELECT pk FROM releases);
DELETE FROM release_changes WHERE release NOT IN (SELECT pk FROM releases);
DELETE FROM earlier_slugs WHERE release NOT IN (SELECT pk FROM releases);
DELETE FROM release_relations WHERE target NOT IN (SELECT pk FROM releases);
DELETE FROM topic_aliases WHERE topic NOT IN (SELECT pk FROM topics);
