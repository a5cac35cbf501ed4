"""Where mail goes as long as EMAIL_URL names no server: a line on the terminal, the whole message in a file."""

from __future__ import annotations

import os
from collections.abc import Sequence

from django.core.mail.backends.filebased import EmailBackend
from django.core.mail.message import EmailMessage


class ConsoleAndFileBackend(EmailBackend):
    """Writes each message to EMAIL_FILE_PATH, for its owner alone, and says so on the terminal."""

    def open(self) -> bool:
        """Mails hold links that let people set a password: nobody else on this machine may read the file."""
        if self.stream is not None:
            return False
        self.stream = os.fdopen(os.open(self._get_filename(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")
        return True

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        sent = super().send_messages(email_messages)
        for message in email_messages:
            # One write per line: the lines of several processes must not run into each other.
            print(f"mail to {', '.join(message.recipients())}: {message.subject}", flush=True)  # noqa: T201
        return sent
