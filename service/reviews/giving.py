"""A set is given to somebody else, and measured anew where its report would no longer be theirs.

A report may tell lumbar flexion as a share of the person's own full bend. Such shares are never
shown as those of somebody else.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from service.artefacts import REPORT
from service.store.blobs import set_prefix
from service.store.calibrations import own_bend_document
from service.store.giving import NotGivenError, give_in
from service.store.people import person_by_label
from service.store.retention import SOURCE, is_video
from service.store.sets import find_set, redo_in
from service.store.tables import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.jobs.engine import Queue
    from service.store.blobs import Blobs
    from service.store.opening import Stores


def give_set(
    stores: Stores, open_queue: Callable[[], Queue], set_id: str, label: str | None
) -> None:
    """Give a set to somebody, who is added when new, and queue it where it is measured anew.

    Giving it twice to the same person is giving it once. One caller at a time for each set.

    Parameters
    ----------
    stores
        Rows and files.
    open_queue
        Gives the queue of jobs; asked when the set is measured anew.
    set_id
        The set.
    label
        Whose it is; None for nobody.

    Raises
    ------
    CalibrationError
        When the label cannot be used as a name.
    SetError
        When there is no such set.
    NotGivenError
        When its analysis is not over, or it would have to be measured anew and its video is gone.
    StoreError
        When database or store cannot be reached.
    """
    if not _is_to_be_redone(stores, set_id, label):
        with stores.database.transaction() as transaction:
            give_in(transaction, set_id, label)
        return
    queue = open_queue()  # opened before the transaction, which would keep it from that
    queue.forget([set_id])
    with stores.database.transaction() as transaction:
        give_in(transaction, set_id, label)
        redone = redo_in(transaction, set_id)
        queue.enqueue(transaction, set_id, priority=redone.priority)
        # Last, so that the report goes only with all else, and before a worker can write the next.
        keys = stores.blobs.keys(set_prefix(set_id))
        stores.blobs.remove_keys([key for key in keys if not is_video(key)])


def _is_to_be_redone(stores: Stores, set_id: str, label: str | None) -> bool:
    """Tell whether the report would no longer fit; what cannot be given at all is told later."""
    stored = find_set(stores.database, set_id)
    if stored is None or stored.status is not Status.DONE:
        return False
    receiver = None if label is None else person_by_label(stores.database, label)
    person_id = None if receiver is None else receiver.id
    if stored.person_id == person_id and (receiver is not None or label is None):
        return False
    former = stored.person_id
    tells_share = former is not None and _may_tell_share(stores.blobs, set_id)
    before, now = (own_bend_document(stores.database, one) for one in (former, person_id))
    fits = not tells_share and before == now
    if not fits and _has_video(stores.blobs, set_id):
        return True
    if tells_share:
        msg = (
            "expected a set that can be measured anew, but its video is not kept, and its report "
            "may tell shares of the former person's own full bend: leave it theirs, or erase it "
            "and film the set again"
        )
        raise NotGivenError(msg)
    return False


def _may_tell_share(blobs: Blobs, set_id: str) -> bool:
    """Tell whether a report tells shares of an own bend, or cannot be read."""
    key = set_prefix(set_id) + REPORT
    if not blobs.exists(key):
        return True
    try:
        lumbar = json.loads(blobs.get(key))["lumbar"]
        return lumbar is not None and lumbar["own_bend"] is not None
    except (ValueError, KeyError, TypeError):  # of another version, or none at all
        return True


def _has_video(blobs: Blobs, set_id: str) -> bool:
    prefix = set_prefix(set_id)
    return any(key.removeprefix(prefix).startswith(SOURCE) for key in blobs.keys(prefix))
