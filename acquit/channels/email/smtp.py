"""Handing messages to a mail server over one connection, with an answer for each.

Nothing is tried twice here: whoever calls keeps the attempts and decides about the next one.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from types import TracebackType
from typing import Self


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where the mail server is. ``use_tls`` means STARTTLS, and no mail without it."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    use_tls: bool = False
    timeout_seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said. ``is_final``: another try with the same message is useless."""

    ok: bool
    text: str
    is_final: bool = False


class Mailer:
    """A connection opened at the first message, kept for the next, replaced when it breaks."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._server: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def send(self, *, message: bytes, sender: str, recipient: str) -> Answer:
        """The server's answer to one message; a broken connection is an answer too."""
        try:
            server = self._connected()
            refused = server.sendmail(sender, [recipient], message)
        except smtplib.SMTPRecipientsRefused as error:
            code, text = error.recipients[recipient]
            return self._refusal(code, text)
        except smtplib.SMTPResponseException as error:
            return self._refusal(error.smtp_code, error.smtp_error)
        except ValueError as error:
            # An address that cannot be written in ASCII: this letter fails, the next ones go.
            self.close()
            return Answer(False, f"the address cannot be used: {error}", is_final=True)
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            where = f"the mail server {self._settings.host}:{self._settings.port}"
            return Answer(False, f"{where}: {type(error).__name__}: {error}")
        assert not refused  # one recipient: refused ones are raised
        return Answer(True, "250 accepted")

    def close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            try:
                server.quit()
            except (smtplib.SMTPException, OSError):
                server.close()

    def _connected(self) -> smtplib.SMTP:
        if self._server is None:
            wanted = self._settings
            server = smtplib.SMTP(wanted.host, wanted.port, timeout=wanted.timeout_seconds)
            try:
                if wanted.use_tls:
                    server.starttls(context=ssl.create_default_context())
                if wanted.user:
                    server.login(wanted.user, wanted.password)
            except BaseException:
                server.close()
                raise
            self._server = server
        return self._server

    def _refusal(self, code: int, text: bytes | str) -> Answer:
        said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        self.close()
        return Answer(False, f"{code} {said}", is_final=500 <= code < 600)
