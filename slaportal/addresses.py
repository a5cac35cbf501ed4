"""Addresses of the servers: one REDIS_URL gives Celery's and redis-py's spelling; the web port is the next free one."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, unquote, urlsplit

TCP_SCHEMES = ("redis", "rediss")
SOCKET_SCHEMES = ("unix", "redis+socket")
PORTS_TRIED = 50


@dataclass(frozen=True)
class RedisAddress:
    """The same server in two spellings: `broker` for Celery (kombu), `client` for redis-py."""

    broker: str
    client: str


def parse_redis_url(url: str) -> RedisAddress:
    """Read redis://, rediss://, unix:///path?db=1 or redis+socket:///path?virtual_host=1; else a ValueError."""
    parts = urlsplit(url.strip())
    if parts.scheme in TCP_SCHEMES:
        if not parts.hostname:
            raise ValueError("REDIS_URL names no host; example: redis://127.0.0.1:6379/0")
        _number(parts.path.strip("/") or "0")
        return RedisAddress(broker=url.strip(), client=url.strip())
    if parts.scheme in SOCKET_SCHEMES:
        return _socket_address(url)
    raise ValueError(
        f"REDIS_URL starts with “{parts.scheme or url[:12]}”; known are redis://, rediss://, unix:// and redis+socket://"
    )


def _socket_address(url: str) -> RedisAddress:
    parts = urlsplit(url.strip())
    path = unquote(parts.path)
    if not path.startswith("/") or parts.hostname:
        raise ValueError("REDIS_URL names no absolute socket path; example: unix:///run/redis.sock?db=0")
    query = parse_qs(parts.query)
    number = _number((query.get("db") or query.get("virtual_host") or ["0"])[0])
    login = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    return RedisAddress(
        broker=f"redis+socket://{login}{quote(path)}?virtual_host={number}",
        client=f"unix://{login}{quote(path)}?db={number}",
    )


def _number(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(f"REDIS_URL: “{text}” is not a database number")
    return int(text)


def web_port(text: str) -> int:
    """The port asked for by SLAPORTAL_PORT; 0 lets the system choose. A ValueError names what is wrong."""
    if not text.strip().isdecimal() or int(text) > 65535:
        raise ValueError(f"SLAPORTAL_PORT is “{text}”, but must be a number from 0 to 65535")
    return int(text)


def listen_on_free_port(wanted: int, host: str = "127.0.0.1") -> socket.socket:
    """A listening socket on the wanted port or the next free one; the caller hands it on and closes it."""
    for port in range(wanted, min(wanted + PORTS_TRIED, 65536)):
        try:
            return _listen(host, port)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
    raise ValueError(f"no free port from {wanted} to {min(wanted + PORTS_TRIED, 65536) - 1}; set SLAPORTAL_PORT")


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener
