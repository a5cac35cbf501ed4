"""The web server's line per request, without the links that let people set a password."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger

from slaportal.logs import masked


class AccessLog(Logger):  # type: ignore[misc]
    """Gunicorn's own, named by `--logger-class`; whatever the format asks for comes masked."""

    def atoms(self, *args: Any) -> dict[str, Any]:
        """The values that a format can name."""
        atoms = super().atoms(*args)
        return {name: masked(value) if isinstance(value, str) else value for name, value in atoms.items()}
