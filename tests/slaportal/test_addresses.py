"""One REDIS_URL in two spellings, and a port that is free."""

from __future__ import annotations

import socket

import pytest

from slaportal.addresses import listen_on_free_port, parse_redis_url, web_port


@pytest.mark.parametrize(
    ("url", "broker", "client"),
    [
        ("redis://127.0.0.1:6379/9", "redis://127.0.0.1:6379/9", "redis://127.0.0.1:6379/9"),
        ("rediss://:secret@cache.example.com/0", "rediss://:secret@cache.example.com/0", None),
        ("unix:///run/a.sock?db=3", "redis+socket:///run/a.sock?virtual_host=3", "unix:///run/a.sock?db=3"),
        ("unix:///run/a.sock", "redis+socket:///run/a.sock?virtual_host=0", "unix:///run/a.sock?db=0"),
        ("redis+socket:///run/a.sock?virtual_host=2", None, "unix:///run/a.sock?db=2"),
        (
            "unix://:pass@/run/a.sock",
            "redis+socket://:pass@/run/a.sock?virtual_host=0",
            "unix://:pass@/run/a.sock?db=0",
        ),
    ],
)
def test_one_address_is_spelt_for_both_clients(url: str, broker: str | None, client: str | None) -> None:
    address = parse_redis_url(url)
    assert (address.broker, address.client) == (broker or url, client or url)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "known are redis://"),
        ("http://127.0.0.1", "“http”"),
        ("redis:///0", "names no host"),
        ("redis://127.0.0.1/first", "“first” is not a database number"),
        ("unix://run/a.sock", "no absolute socket path"),
        ("unix:///run/a.sock?db=x", "“x” is not a database number"),
    ],
)
def test_a_wrong_redis_address_is_refused_with_its_reason(url: str, words: str) -> None:
    with pytest.raises(ValueError, match="REDIS_URL") as refused:
        parse_redis_url(url)
    assert words in str(refused.value)


@pytest.mark.parametrize("text", ["abc", "-1", "65536", "80.5", " "])
def test_a_wrong_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="SLAPORTAL_PORT"):
        web_port(text)


def test_a_taken_port_gives_the_next_free_one() -> None:
    with listen_on_free_port(0) as first:
        taken = first.getsockname()[1]
        with listen_on_free_port(taken) as second:
            assert second.getsockname()[1] > taken


def test_the_web_port_is_reachable_from_this_machine_only() -> None:
    with listen_on_free_port(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
        with socket.create_connection(listener.getsockname(), timeout=2) as client:
            assert client.getpeername() == listener.getsockname()
