"""The thin door to the queue (procrastinate on the same database)."""

from acquit.jobs.door import ATTEMPTS_MAX, enqueue, frame, install_frame, job

__all__ = ["ATTEMPTS_MAX", "enqueue", "frame", "install_frame", "job"]
