"""What tells one company from another: domains in ASCII, and names without case, signs and legal form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.accounts.names import NotADomain, domain_of, mail_domain, name_key, spellings, with_parents


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ACME Inc.", "Acme, inc"),
        ("Acme GmbH & Co. KG", "acme gmbh"),
        ("S.A.R.L. Dupont", "SARL  Dupont"),
        ("Dupont S.A.R.L.", "dupont"),
        ("Société Générale S.A.", "SOCIETE GENERALE"),
        ("株式会社トヨタ", "ﾄﾖﾀ（株）"),
        ("华为技术有限公司", "华为技术"),
        ("Cemex, S.A.B. de C.V.", "CEMEX"),
        ("Allegro Sp. z o.o.", "Allegro"),
        ("PT Telkom Indonesia Tbk", "Telkom Indonesia"),
        ("Tata & Sons", "TATA and sons"),
        ("O’Reilly Media", "O'Reilly Media, Inc."),
    ],
)
def test_one_company_written_in_two_ways(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme", "Acme Labs"),
        ("Acme Retail GmbH", "Acme Energy GmbH"),
        ("ガス株式会社", "カス株式会社"),
        ("Company", "Corporation"),
        ("The Limited", "The Company"),
        ("3M", "M3"),
        ("---", "!!!"),
    ],
)
def test_two_companies_stay_two(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize("name", ["GmbH", "---", "Ltd.", "(株)", "\N{ZERO WIDTH SPACE}", "ﷺ" * 200])
def test_a_name_that_says_little_has_a_key_all_the_same(name: str) -> None:
    assert 0 < len(name_key(name)) <= 200


@pytest.mark.parametrize("blank", ["", "  ", "\t"])
def test_a_blank_has_none(blank: str) -> None:
    assert name_key(blank) == ""


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("Acme.com", "acme.com"),
        (" https://www.acme.com/about?x=1 ", "acme.com"),
        ("sam@acme.com", "acme.com"),
        ("acme.co.uk.", "acme.co.uk"),
        ("acme.com:8443", "acme.com"),
        ("Müller.de", "xn--mller-kva.de"),
        ("日本。jp", "xn--wgv71a.jp"),
    ],
)
def test_a_domain_is_read_out_of_what_people_write(text: str, domain: str) -> None:
    assert domain_of(text) == domain


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("gmail.com", "free_mail_domain"),
        ("mail.yahoo.co.jp", "free_mail_domain"),
        ("co.uk", "shared_domain"),
        ("acme", "bad_domain"),
        ("192.168.0.1", "bad_domain"),
        ("-acme.com", "bad_domain"),
        ("a..com", "bad_domain"),
        ("x" * 64 + ".com", "bad_domain"),
        ("ü" * 300 + ".de", "bad_domain"),
        ("acme.com acme.fr", "bad_domain"),
        ("😀.", "bad_domain"),
        ("/" * 5_000_000 + "\n", "bad_domain"),
    ],
)
def test_what_tells_no_company_is_no_domain(text: str, code: str) -> None:
    with pytest.raises(NotADomain, match=code):
        domain_of(text)


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("dana@mail.acme.com", "mail.acme.com"),
        ("dana@müller.de", "xn--mller-kva.de"),
        ("dana@gmail.com", ""),
        ("dana@hotmail.fr", ""),
        ('"a@b"@acme.com', "acme.com"),
        ("", ""),
    ],
)
def test_an_address_tells_a_company_unless_it_is_a_providers(email: str, domain: str) -> None:
    assert mail_domain(email) == domain


def test_domains_above_and_other_spellings() -> None:
    assert with_parents("a.b.acme.com") == ["a.b.acme.com", "b.acme.com", "acme.com"]
    assert with_parents("") == []
    assert spellings("xn--mller-kva.de") == ["müller.de", "xn--mller-kva.de"]
    assert spellings("xn--a.de") == ["xn--a.de"]


@given(st.text(st.characters(max_codepoint=127), max_size=20))
def test_the_fast_way_for_plain_letters_is_the_same(name: str) -> None:
    """A letter beyond ASCII in front of the name takes the other way."""
    assert name_key("é " + name).removeprefix("e").split() == name_key("e " + name).removeprefix("e").split()
