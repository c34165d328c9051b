"""Who asked, and where it goes: command line, reports, later HTTP and storage."""

from service.pipeline import AssessedSet, assess_recording, assess_video

__all__ = ["AssessedSet", "assess_recording", "assess_video"]
