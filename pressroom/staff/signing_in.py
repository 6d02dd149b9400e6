"""Setting up how one signs in, signing in, and staying so for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pressroom.errors import SignInError, TooManyRequestsError
from pressroom.membership.places import Origin
from pressroom.models.staff import Act, Session, User, require_good_password
from pressroom.signing import new_token
from pressroom.staff.log import record
from pressroom.staff.passwords import hash_of, is_outdated, is_password
from pressroom.staff.second_factor import code_hash, new_codes, step_of
from pressroom.staff.users import hash_of_token
from pressroom.storage import Store
from pressroom.tools import Tools

LOOKS_BACK = timedelta(minutes=15)
TIMES, TIMES_OF_A_NETWORK, TIMES_OF_AN_ACCOUNT = 5, 50, 100
"""So often in `LOOKS_BACK` it may fail: for an account from one network, from one network, for an account anywhere."""
FIRST_WAIT = timedelta(seconds=30)
KNOWN_FOR = timedelta(days=90)
"""So long a network or a browser counts as one that a user has come by: what others try shuts nobody out there."""
SEEN_AGAIN_AFTER = timedelta(minutes=1)
MOST_OF_AN_AGENT = 200


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was typed to sign in; `code` is of the second factor, or a recovery code.

    `agent` is what the browser is, `browser` the token that it keeps since somebody has signed in by it.
    """

    name: str
    password: str
    code: str
    origin: Origin
    agent: str = ""
    browser: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What the browser keeps: the token of the session, and the one by which it is known from now on."""

    session: str
    browser: str


def find_by_link(store: Store, token: str, now: datetime) -> User | None:
    """Return who sets up their sign-in by this link; None for one that is used, old or nobody's."""
    return store.staff.find_by_link(hash_of_token(token), now)


def set_up(
    store: Store, tools: Tools, token: str, factor: str, password: str, code: str, network: str, now: datetime
) -> tuple[User, list[str]]:
    """Let who has the link sign in by `password` and by the app that holds `factor`; return them and recovery codes.

    The link works no more, and what they were signed in by before ends; `network`, a keyed hash, is known from now on.
    Raises InvalidFieldError for the password, and SignInError for a link that does not work or a code that is not the
    app's.
    """
    user = find_by_link(store, token, now)
    if user is None:
        raise SignInError("That link was used, or is older than 15 minutes")
    require_good_password(password, user.name)
    step = step_of(tools.signer, factor, code, now)
    if step is None:
        raise SignInError("That is not the code that the app shows now")
    hashed, codes = hash_of(password), new_codes()
    with store.atomic(durable=True):
        if find_by_link(store, token, now) is None:  # somebody was quicker
            raise SignInError("That link was used, or is older than 15 minutes")
        store.staff.use_link(hash_of_token(token), now)
        store.staff.set_up(user.pk, hashed, factor)
        store.staff.use_step(user.pk, step)
        store.staff.set_codes(user.pk, map(code_hash, codes))
        store.sessions.end_all(user.pk)
        store.sessions.note_network(user.pk, network, now)
        record(store, tools, now, user.name, Act.SET_UP, user.name)
    return store.staff.by_pk(user.pk), codes


def sign_in(store: Store, tools: Tools, attempt: Attempt, now: datetime) -> SignedIn:
    """Begin a session; return its token and that of the browser, which stand nowhere else.

    Raises SignInError, which tells not what was wrong, and TooManyRequestsError with how long to wait. Takes a while.
    """
    account = _account(tools, attempt.name)
    user = store.staff.find(attempt.name)
    place = _require_patience(store, account, user, attempt, now)
    is_right = is_password(attempt.password, user.password if user else "")
    with store.atomic(durable=True):
        if not (is_right and user and _is_second(store, tools, user, attempt.code, now)):
            store.sessions.add_failure(account, place, now)
            refused = True
        else:
            refused = False
            signed_in = SignedIn(new_token() + new_token(), _browser(store, user, attempt, now) or new_token())
            store.sessions.add(hash_of_token(signed_in.session), user.pk, attempt.agent[:MOST_OF_AN_AGENT], now)
            store.sessions.forget_failures(account, place)
            store.sessions.note_browser(user.pk, hash_of_token(signed_in.browser), now, now - KNOWN_FOR)
            store.sessions.note_network(user.pk, attempt.origin.network, now)
            store.staff.note_signed_in(user.pk, now)
            if is_outdated(user.password):
                store.staff.rehash(user.pk, hash_of(attempt.password))
            record(store, tools, now, user.name, Act.SIGN_IN, user.name)
    if refused:
        raise SignInError("Name, password and code do not belong together, or the code was used already")
    return signed_in


def _require_patience(store: Store, account: str, user: User | None, attempt: Attempt, now: datetime) -> str:
    """Return what stands for the place that an attempt comes from, or raise where it has failed too often.

    The wait doubles with each further failure and ends within 15 minutes. A browser by which this user has signed in
    before is a place of its own, where nothing counts that others try (OWASP, “device cookies”); elsewhere its network
    stands for it. From one that the user has come from before, attempts from all over do not count.
    """
    since, sessions = now - LOOKS_BACK, store.sessions
    if user is not None and _browser(store, user, attempt, now):
        browser = hash_of_token(attempt.browser)
        _require_few(sessions.failures(since, account=account, place=browser), TIMES, now)
        return browser
    network = attempt.origin.network
    _require_few(sessions.failures(since, account=account, place=network), TIMES, now)
    _require_few(sessions.failures(since, place=network), TIMES_OF_A_NETWORK, now)
    if user is None or not sessions.knows_network(user.pk, network, now - KNOWN_FOR):
        _require_few(sessions.failures(since, account=account), TIMES_OF_AN_ACCOUNT, now)
    return network


def _browser(store: Store, user: User, attempt: Attempt, now: datetime) -> str:
    """Return the token of a browser by which this user has signed in before; blank for any other."""
    is_known = store.sessions.knows_browser(user.pk, hash_of_token(attempt.browser), now - KNOWN_FOR)
    return attempt.browser if attempt.browser and is_known else ""


def _require_few(failures: tuple[int, datetime | None], times: int, now: datetime) -> None:
    """Raise TooManyRequestsError where as many have failed as may, or more, and the last of them not long ago."""
    number, last = failures
    if last is not None and number >= times:
        until = last + min(FIRST_WAIT * 2 ** min(number - times, 10), LOOKS_BACK)
        if until > now:
            raise TooManyRequestsError(until - now)


def _account(tools: Tools, name: str) -> str:
    return tools.signer.place_hash(f"account {name.casefold()}")


def _is_second(store: Store, tools: Tools, user: User, code: str, now: datetime) -> bool:
    """Whether a code is one of the app's that was not used, or a recovery code, which is used up by that."""
    if user.is_disabled:
        return False
    step = step_of(tools.signer, user.factor, code, now)
    if step is not None:
        return store.staff.use_step(user.pk, step)
    return store.staff.use_code(user.pk, code_hash(code))


def session_of(store: Store, tools: Tools, token: str, now: datetime, *, is_asking: bool = True) -> Session | None:
    """Return the session of this token, if it is still good: neither idle nor old beyond `[desk]`.

    Who only goes on watching is not asking for anything, and the session is not kept up by it.
    """
    begun_after, seen_after = _limits(tools, now)
    found = store.sessions.find(hash_of_token(token), begun_after=begun_after, seen_after=seen_after)
    if found and is_asking and now - found.seen_at >= SEEN_AGAIN_AFTER:
        store.sessions.note_seen(found.key, now)
    return found


def sessions_of(store: Store, tools: Tools, user: User, now: datetime) -> list[Session]:
    """Return where a user is signed in, the newest first."""
    begun_after, seen_after = _limits(tools, now)
    return store.sessions.of_user(user.pk, begun_after=begun_after, seen_after=seen_after)


def sign_out(store: Store, tools: Tools, session: Session, now: datetime) -> None:
    with store.atomic():
        store.sessions.end(session.key)
        record(store, tools, now, session.user.name, Act.SIGN_OUT, session.user.name)


def end_others(store: Store, tools: Tools, session: Session, now: datetime) -> int:
    """End all other sessions of who has this one; return how many those were."""
    with store.atomic():
        ended = store.sessions.end_all(session.user.pk, but=session.key)
        record(store, tools, now, session.user.name, Act.END_SESSION, session.user.name, after={"ended": ended})
    return ended


def renew_codes(store: Store, tools: Tools, session: Session, code: str, now: datetime) -> list[str]:
    """Return new recovery codes in the place of the old ones.

    Raises SignInError for a code that is not the app's, and TooManyRequestsError where there were some of those.
    """
    user, codes = session.user, new_codes()
    account = _account(tools, user.name)
    _require_few(store.sessions.failures(now - LOOKS_BACK, account=account, place=session.key), TIMES, now)
    step = step_of(tools.signer, user.factor, code, now)
    if step is None or not store.staff.use_step(user.pk, step):
        store.sessions.add_failure(account, session.key, now)
        raise SignInError("That is not the code that the app shows now")
    with store.atomic(durable=True):
        store.staff.set_codes(user.pk, map(code_hash, codes))
        record(store, tools, now, user.name, Act.RENEW_CODES, user.name)
    return codes


def delete_what_has_ended(store: Store, tools: Tools, now: datetime) -> None:
    """Delete sessions and failures that can count no more."""
    begun_after, _ = _limits(tools, now)
    with store.atomic():
        store.sessions.delete_before(begun_after, now - LOOKS_BACK)


def _limits(tools: Tools, now: datetime) -> tuple[datetime, datetime]:
    desk = tools.settings.desk
    return now - timedelta(hours=desk.session_hours), now - timedelta(minutes=desk.idle_minutes)
