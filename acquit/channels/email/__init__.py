"""E-mail: composing a message whose every repeat is the same, and handing it to a mail server."""

from __future__ import annotations

from acquit.channels.email.letter import Attachment, BadLetter, Letter, compose
from acquit.channels.email.smtp import Answer, Mailer, SmtpSettings

__all__ = [
    "Answer",
    "Attachment",
    "BadLetter",
    "Letter",
    "Mailer",
    "SmtpSettings",
    "compose",
]
