"""`/desk/people`: who may work at the desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from pressroom.errors import InvalidFieldError, LastAdminError, NotFoundError, UserExistsError
from pressroom.models.staff import Role, Session, User
from pressroom.staff.users import add_user, disable_user, reset_user, set_role
from pressroom.storage import Store
from pressroom.web.desk.access import acted, desk_page, shown
from pressroom.web.forms import Fields, first


def _show(request: Request, store: Store, session: Session, *, status: int = 200, **facts: Any) -> Response:
    return desk_page(
        request,
        "people.html",
        session,
        status=status,
        people=store.staff.all(),
        roles=list(Role),
        zone=request.app.state.tools.settings.site.zone,
        **{"fault": "", "done": "", "link": "", "typed": "", **facts},
    )


def _add(request: Request, store: Store, session: Session, fields: Fields) -> Response:
    state, name = request.app.state, first(fields, "name")
    try:
        role = Role(first(fields, "role"))
        user, link = add_user(store, state.tools, name, role, state.clock(), session.user.name)
    except ValueError:
        return _show(request, store, session, status=400, fault="Choose a role.", typed=name[:64])
    except InvalidFieldError as error:
        fault = f"The name {error.problem}; {error.remedy}."
        return _show(request, store, session, status=400, fault=fault, typed=name[:64])
    except UserExistsError as error:
        fault = f"There is somebody called “{error.name}” already."
        return _show(request, store, session, status=400, fault=fault, typed=name[:64])
    return _show(request, store, session, done=f"{user.name} was added as {user.role}.", link=link)


def _change(do: Callable[[Store, Request, Session, str, Fields], tuple[str, str]]) -> Callable[..., Response]:
    """Return what changes the user that a form names, and says what was done, with a link if there is one to give."""

    def changed(request: Request, store: Store, session: Session, fields: Fields) -> Response:
        try:
            done, link = do(store, request, session, first(fields, "name"), fields)
        except (LastAdminError, NotFoundError) as error:
            return _show(request, store, session, status=409, fault=str(error))
        except ValueError:
            return _show(request, store, session, status=400, fault="Choose a role.")
        return _show(request, store, session, done=done, link=link)

    return changed


def _set_role(store: Store, request: Request, session: Session, name: str, fields: Fields) -> tuple[str, str]:
    state = request.app.state
    user = set_role(store, state.tools, name, Role(first(fields, "role")), state.clock(), session.user.name)
    return f"{user.name} is {user.role} now.", ""


def _reset(store: Store, request: Request, session: Session, name: str, _: Fields) -> tuple[str, str]:
    state = request.app.state
    user, link = reset_user(store, state.tools, name, state.clock(), session.user.name, keeps_an_admin=True)
    return f"{user.name} signs in as before no more.", link


def _disable(store: Store, request: Request, session: Session, name: str, _: Fields) -> tuple[str, str]:
    state = request.app.state
    user: User = disable_user(store, state.tools, name, state.clock(), session.user.name)
    return f"{user.name} is disabled, and signed out everywhere.", ""


ROUTES = [
    shown("/desk/people", _show, least=Role.ADMIN),
    acted("/desk/people", _add, least=Role.ADMIN),
    acted("/desk/people/role", _change(_set_role), least=Role.ADMIN),
    acted("/desk/people/reset", _change(_reset), least=Role.ADMIN),
    acted("/desk/people/disable", _change(_disable), least=Role.ADMIN),
]
