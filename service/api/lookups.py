"""Finds what a request is about; what the visitor may not see is not there."""

import re
from http import HTTPStatus
from typing import Annotated, Final, TypeAlias

from fastapi import Path
from starlette.exceptions import HTTPException

from service.accounts import policy
from service.accounts.policy import Visitor
from service.api.backend import Backend
from service.reviews.uploads import StoredUpload
from service.store.people import StoredPerson, find_person, person_by_label
from service.store.sets import StoredSet, find_set
from service.store.tables import ID_LENGTH, Status

IdInPath: TypeAlias = Annotated[str, Path(alias="id", description="As an answer gave it.")]
"""Not checked by its form: an id that cannot be one is one that there is not."""

_ID: Final = re.compile(rf"[A-Za-z0-9_-]{{{ID_LENGTH}}}")


def is_id(text: str) -> bool:
    """Tell whether a text can be an id at all; what a database cannot hold cannot."""
    return _ID.fullmatch(text) is not None


class AbsentError(HTTPException):
    """Something is not there, or not for this visitor.

    Parameters
    ----------
    kind
        What was looked for.
    where
        Path that lists what there is.
    """

    def __init__(self, kind: str, where: str) -> None:
        super().__init__(
            HTTPStatus.NOT_FOUND, f"expected {kind} that is kept here, found none: see {where}"
        )


class StaffOnlyError(HTTPException):
    """Something that a member may not do."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.FORBIDDEN, "expected a coach or an owner: ask one to do this")


def seen_set(backend: Backend, visitor: Visitor, set_id: str) -> StoredSet:
    """Find a set that a visitor may see.

    Raises
    ------
    HTTPException
        404 when there is none for them.
    """
    found = find_set(backend.stores.database, set_id) if is_id(set_id) else None
    if found is None or not policy.may_see_set(
        visitor, person_id=found.person_id, account_id=found.account_id
    ):
        kind = "a set"
        raise AbsentError(kind, "/api/v1/sets")
    return found


def reported_set(backend: Backend, visitor: Visitor, set_id: str) -> StoredSet:
    """Find a set that a visitor may see and whose report is there.

    Raises
    ------
    HTTPException
        404 when there is none for them, 409 when its analysis is not done.
    """
    found = seen_set(backend, visitor, set_id)
    if found.status != Status.DONE:
        raise HTTPException(
            HTTPStatus.CONFLICT,
            f"expected a set whose analysis is done, got one that is {found.status}: see "
            f"/api/v1/jobs/{set_id}",
        )
    return found


def seen_upload(backend: Backend, visitor: Visitor, upload_id: str) -> StoredUpload:
    """Find an upload that a visitor may see.

    Raises
    ------
    HTTPException
        404 when there is none for them.
    """
    found = backend.uploads.find(upload_id) if is_id(upload_id) else None
    if found is None or not policy.may_see_set(
        visitor, person_id=found.person_id, account_id=found.account_id
    ):
        raise HTTPException(
            HTTPStatus.NOT_FOUND,
            "expected an upload that is kept here, found none: begin it again with POST "
            "/api/v1/uploads",
        )
    return found


def seen_person(backend: Backend, visitor: Visitor, person_id: str) -> StoredPerson:
    """Find a person that a visitor may see.

    Raises
    ------
    HTTPException
        404 when there is none for them.
    """
    found = find_person(backend.stores.database, person_id) if is_id(person_id) else None
    if found is None or not policy.may_see_person(visitor, person_id):
        kind = "a person"
        raise AbsentError(kind, "/api/v1/people")
    return found


def named_person(backend: Backend, person: str) -> StoredPerson | None:
    """Find the person that an id or a label means; None when there is none.

    Raises
    ------
    CalibrationError
        When the label cannot be used as a name.
    """
    database = backend.stores.database
    found = find_person(database, person) if is_id(person) else None
    return found or person_by_label(database, person)
