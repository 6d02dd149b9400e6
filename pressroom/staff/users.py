"""Adding users of the desk, changing what they may do, and letting them in no more."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from pressroom.errors import LastAdminError
from pressroom.models.staff import Act, Role, User, clean_user_name
from pressroom.signing import new_token
from pressroom.staff.log import record
from pressroom.storage import Store
from pressroom.tools import Tools

LINK_WORKS_FOR = timedelta(minutes=15)


def add_user(store: Store, tools: Tools, name: str, role: Role, now: datetime, who: str) -> tuple[User, str]:
    """Add a user; return them and the address at which they set up how they sign in, once, within 15 minutes.

    Raises InvalidFieldError and UserExistsError.
    """
    with store.atomic(durable=True):
        user = store.staff.add(clean_user_name(name), role, now)
        record(store, tools, now, who, Act.ADD_USER, user.name, after={"role": role})
        return user, _link(store, tools, user, now)


def set_role(store: Store, tools: Tools, name: str, role: Role, now: datetime, who: str) -> User:
    """Let a user do what a role may. Raises NotFoundError, and LastAdminError where nobody could manage users then."""
    with store.atomic(durable=True):
        user = store.staff.get(name)
        if role is not Role.ADMIN:
            _keep_an_admin(store, user)
        store.staff.set_role(user.pk, role)
        record(store, tools, now, who, Act.SET_ROLE, user.name, before={"role": user.role}, after={"role": role})
        return store.staff.by_pk(user.pk)


def reset_user(
    store: Store, tools: Tools, name: str, now: datetime, who: str, *, keeps_an_admin: bool = False
) -> tuple[User, str]:
    """End how a user signs in, and all their sessions; return them and the address at which they set it up anew.

    One who was disabled may come in again. Raises NotFoundError, and with `keeps_an_admin` LastAdminError: whoever has
    no shell could not mend it, should the address not be used in time.
    """
    with store.atomic(durable=True):
        user = store.staff.get(name)
        if keeps_an_admin:
            _keep_an_admin(store, user)
        store.staff.set_up(user.pk, "", "")
        store.staff.set_codes(user.pk, ())
        store.staff.set_disabled(user.pk, is_disabled=False)
        store.sessions.end_all(user.pk)
        store.sessions.forget_places(user.pk)
        record(store, tools, now, who, Act.RESET_USER, user.name, before={"state": user.state})
        return store.staff.by_pk(user.pk), _link(store, tools, user, now)


def disable_user(store: Store, tools: Tools, name: str, now: datetime, who: str) -> User:
    """Let a user in no more, from this moment on. Raises NotFoundError and LastAdminError."""
    with store.atomic(durable=True):
        user = store.staff.get(name)
        _keep_an_admin(store, user)
        store.staff.set_disabled(user.pk, is_disabled=True)
        store.staff.drop_links(user.pk)
        store.sessions.end_all(user.pk)
        record(store, tools, now, who, Act.DISABLE_USER, user.name, before={"state": user.state})
        return store.staff.by_pk(user.pk)


def _keep_an_admin(store: Store, user: User) -> None:
    if user.role is Role.ADMIN and user.is_set_up and not user.is_disabled and store.staff.count_admins() == 1:
        raise LastAdminError(user.name)


def _link(store: Store, tools: Tools, user: User, now: datetime) -> str:
    token = new_token()
    store.staff.add_link(user.pk, hash_of_token(token), now + LINK_WORKS_FOR)
    return tools.links.set_up(token)


def hash_of_token(token: str) -> str:
    """Return what is kept of a token that opens something at the desk."""
    return hashlib.sha256(token.encode()).hexdigest()
