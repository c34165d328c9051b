"""Jobs: a queue that survives its workers, and processes that can be killed."""
