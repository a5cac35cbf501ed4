"""Where mail goes as long as EMAIL_URL names no server: a line on the terminal, the whole message in a file."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.mail.backends.filebased import EmailBackend
from django.core.mail.message import EmailMessage


class ConsoleAndFileBackend(EmailBackend):
    """Writes each message to EMAIL_FILE_PATH and says so on the terminal."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        sent = super().send_messages(email_messages)
        for message in email_messages:
            # One write per line: the lines of several processes must not run into each other.
            print(f"mail to {', '.join(message.recipients())}: {message.subject}", flush=True)  # noqa: T201
        return sent
