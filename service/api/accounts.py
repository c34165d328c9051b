"""Routes to sign in and out, and about accounts and the keys of programs."""

import math
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Cookie, Depends, Request, Response
from starlette.exceptions import HTTPException

from service.accounts import policy
from service.accounts.door import COOKIE, Signed, give_cookie, take_cookie, visitor_of
from service.accounts.keeping import (
    NewAccount,
    add_account,
    change_account,
    check_password,
    find_account,
    list_accounts,
    remove_account,
)
from service.accounts.keys import add_key, begin_login, end_login, list_keys, remove_key
from service.accounts.policy import Visitor
from service.api.backend import Backend, Inside, backend_of
from service.api.lookups import AbsentError, IdInPath, is_id, seen_person
from service.api.schemas import (
    AccountAnswer,
    AccountChange,
    AccountRequest,
    AccountsAnswer,
    LoginRequest,
    MeAnswer,
    NewTokenAnswer,
    TokenAnswer,
    TokenRequest,
    TokensAnswer,
)
from service.problems import ProblemError
from service.reviews.file_names import shown_name


def owner(visitor: Signed) -> Visitor:
    """Let an owner pass; for FastAPI's ``Depends``.

    Raises
    ------
    HTTPException
        403 for everybody else.
    """
    if not policy.manages_accounts(visitor):
        raise HTTPException(HTTPStatus.FORBIDDEN, "expected an owner: ask one to do this")
    return visitor


def in_use(backend: Annotated[Backend, Depends(backend_of)]) -> None:
    """Let nobody pass where no accounts are in use; for FastAPI's ``Depends``.

    Raises
    ------
    HTTPException
        404 where there are none.
    """
    if not backend.settings.accounts:
        raise HTTPException(
            HTTPStatus.NOT_FOUND,
            "expected a server with accounts, this one has none: switch them on with the setting "
            "accounts",
        )


routes: Final = APIRouter(tags=["accounts"])
with_accounts: Final = APIRouter(dependencies=[Depends(in_use)])
for_owners: Final = APIRouter(prefix="/accounts", dependencies=[Depends(owner)])

LoginCookie = Annotated[str, Cookie(alias=COOKIE, include_in_schema=False)]


@routes.get("/me", summary="See who asks")
def show_me(visitor: Signed) -> MeAnswer:
    """Return the account that a cookie or a key belongs to."""
    account = visitor.account
    return MeAnswer(account=None if account is None else AccountAnswer.model_validate(account))


@with_accounts.post("/login", summary="Sign in")
def log_in(
    wanted: LoginRequest, backend: Inside, request: Request, response: Response
) -> AccountAnswer:
    """Sign a browser in; the answer holds a cookie. Programs use a key instead."""
    refusal = backend.door.refusal(request)
    if refusal is not None:
        raise HTTPException(HTTPStatus.FORBIDDEN, refusal)
    wait_s = backend.tries.begin(wanted.name)
    if wait_s > 0:
        raise _too_soon(math.ceil(wait_s))
    account = check_password(backend.stores.database, wanted.name, wanted.password)
    if account is None:
        raise HTTPException(
            HTTPStatus.UNAUTHORIZED, "expected a name and its password: type both again"
        )
    backend.tries.succeeded(wanted.name)
    value = begin_login(backend.stores.database, account.id)
    give_cookie(response, value, request)
    return AccountAnswer.model_validate(account)


@with_accounts.post("/logout", status_code=HTTPStatus.NO_CONTENT, summary="Sign out")
def log_out(visitor: Signed, backend: Inside, response: Response, cookie: LoginCookie = "") -> None:
    """Sign a browser out."""
    del visitor  # whoever is signed in may
    end_login(backend.stores.database, cookie)
    take_cookie(response)


@with_accounts.get("/tokens", summary="List your keys")
def show_keys(visitor: Signed, backend: Inside) -> TokensAnswer:
    """Return the keys of your account, the newest first, without the keys themselves."""
    keys = list_keys(backend.stores.database, visitor.account_id or "")
    return TokensAnswer(tokens=[TokenAnswer.model_validate(key) for key in keys])


@with_accounts.post("/tokens", status_code=HTTPStatus.CREATED, summary="Make a key")
def make_key(
    wanted: TokenRequest, visitor: Signed, backend: Inside, response: Response
) -> NewTokenAnswer:
    """Make a key for a program: ``Authorization: Bearer KEY``. It is shown this once."""
    response.headers["cache-control"] = "no-store"
    label = shown_name(wanted.label)
    stored, key = add_key(backend.stores.database, visitor.account_id or "", label)
    return NewTokenAnswer(id=stored.id, label=stored.label, created_at=stored.created_at, token=key)


@with_accounts.delete("/tokens/{id}", status_code=HTTPStatus.NO_CONTENT, summary="Remove a key")
def drop_key(key_id: IdInPath, visitor: Signed, backend: Inside) -> None:
    """Remove a key; whoever has it is not let in any more."""
    own = visitor.account_id or ""
    if not is_id(key_id) or not remove_key(backend.stores.database, own, key_id):
        kind = "a key"
        raise AbsentError(kind, "/api/v1/tokens")


@for_owners.get("", summary="List accounts")
def show_accounts(backend: Inside) -> AccountsAnswer:
    """Return all accounts, by name; for owners."""
    accounts = list_accounts(backend.stores.database)
    return AccountsAnswer(accounts=[AccountAnswer.model_validate(one) for one in accounts])


@for_owners.post("", status_code=HTTPStatus.CREATED, summary="Make an account")
def make_account(wanted: AccountRequest, backend: Inside) -> AccountAnswer:
    """Make an account; for owners. A member is one of the people that are kept here."""
    new = NewAccount(
        name=wanted.name, password=wanted.password, role=wanted.role, person_id=wanted.person_id
    )
    return AccountAnswer.model_validate(add_account(backend.stores.database, new))


@for_owners.patch("/{id}", summary="Change an account")
def alter_account(
    account_id: IdInPath,
    wanted: AccountChange,
    visitor: Annotated[Visitor, Depends(visitor_of)],
    backend: Inside,
) -> AccountAnswer:
    """Change what is given; for owners. A new password signs the account out everywhere."""
    _check_account(backend, account_id)
    if wanted.person_id is not None:
        seen_person(backend, visitor, wanted.person_id)
    changed = change_account(
        backend.stores.database,
        account_id,
        password=wanted.password,
        role=wanted.role,
        person_id=wanted.person_id,
    )
    return AccountAnswer.model_validate(changed)


@for_owners.delete("/{id}", status_code=HTTPStatus.NO_CONTENT, summary="Remove an account")
def drop_account(account_id: IdInPath, backend: Inside) -> None:
    """Remove an account with its keys; what it brought in stays. For owners."""
    _check_account(backend, account_id)
    remove_account(backend.stores.database, account_id)


def _too_soon(wait_s: int) -> ProblemError:
    return ProblemError(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"expected fewer tries: wait {wait_s} s, then try again",
        {"retry-after": str(wait_s)},
        wait_s=wait_s,
    )


def _check_account(backend: Backend, account_id: str) -> None:
    found = find_account(backend.stores.database, account_id) if is_id(account_id) else None
    if found is None:
        kind = "an account"
        raise AbsentError(kind, "/api/v1/accounts")


with_accounts.include_router(for_owners)
routes.include_router(with_accounts)
