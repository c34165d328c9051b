"""How the tables came to be, one step per file in `versions`; `service.store.schema` runs them.

A new step is drafted from the difference between `service.store.tables` and the steps so far, then
read and corrected by hand::

    python -m service.store.schema "what it changes"
"""
