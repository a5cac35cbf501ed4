"""What a company is told by: its domains in ASCII, and its name without case, signs and legal form.

Careful rather than clever: two names that may be two companies stay two.
"""

from __future__ import annotations

import re
import unicodedata


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Providers whose domains say nothing about where somebody works, under any ending (yahoo.co.jp) …
FREE_NAMES = _words(
    "aol gmail gmx googlemail hotmail icloud laposte live msn naver outlook protonmail qq rediffmail "
    "rocketmail seznam tutanota yahoo yandex ymail"
)
# … and those whose name alone could be a company's.
FREE_DOMAINS = _words(
    "126.com 139.com 163.com 189.cn aliyun.com aol.com att.net bellsouth.net bigpond.com bk.ru bluewin.ch "
    "bol.com.br btinternet.com charter.net comcast.net cox.net daum.net docomo.ne.jp duck.com earthlink.net "
    "email.com ezweb.ne.jp fastmail.com fastmail.fm foxmail.com free.fr freenet.de hanmail.net hey.com "
    "hotmail.com hushmail.com i.ua inbox.com inbox.ru juno.com kakao.com libero.it list.ru mac.com mail.com "
    "mail.ru me.com nate.com neuf.fr nifty.com ntlworld.com o2.pl online.de onet.pl op.pl optonline.net "
    "orange.fr pm.me proton.me rambler.ru sbcglobal.net sfr.fr shaw.ca sina.com sky.com sohu.com "
    "softbank.ne.jp sympatico.ca t-online.de talktalk.net terra.com.br tiscali.it tuta.com ukr.net uol.com.br "
    "verizon.net virgilio.it virginmedia.com wanadoo.fr web.de wp.pl ya.ru yeah.net zoho.com"
)
# Endings below which companies register: "co.uk" is nobody's domain.
SHARED_ENDING = re.compile(r"(?:ac|co|com|edu|gen|go|gob|gouv|gov|ltd|me|mil|ne|net|nom|or|org|plc|sch)\.[a-z]{2}")
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
AROUND_DOMAIN = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?(?:[^/@]*@)?(?:www\.(?=[^/]*\.))?|(?::\d+)?(?:[/?#].*)?$")
MOST_LABELS = 10
MOST_LETTERS = 2_000

LEGAL_FORMS = _words(
    "ab ag aps as asa bv co company corp corporation cv doo eeig eirl eood eurl ev gesmbh gie gk gmbh inc "
    "incorporated jsc kabushiki kaisha kft kg kgaa kk limited llc llp lp ltd ltda mbh nv nyrt oao ohg oo ood "
    "ooo oy oyj pjsc plc pte pty pvt sa sab sarl sas sasu sau sca scop se sl slu snc spa srl sro tbk ug ulc "
    "vof zao zoo zrt ао зао ип оао ооо пао тоо шмм ذمم شمم"
)
# What stands before a name.
LEADING_FORMS = _words("pt cv ооо оао зао пао ао ип شركة")
# Words that are left over when a longer form goes: "Sp. z o.o.", "S.A. de C.V.", "GmbH & Co. KG", "Pvt. Ltd."
LEFT_OVER = {"and", "de", "private", "public", "sp", "z", "rl", "s"}
CJK_FORMS = re.compile(
    r"株式会社|有限会社|合同会社|合資会社|合名会社|股份有限公司|有限責任公司|有限责任公司|有限公司|주식회사|유한회사"
    r"|\((?:株|有|同|合|资|주|유)\)"
)
ACCENTS = re.compile("[\u0300-\u036f]")
SILENT = re.compile(r"[.'’`´\u200b-\u200f\u2060\ufeff]")
SIGNS = re.compile(r"[\W_]+")
# The same for the most names, several times faster: an import asks for each of its rows.
ASCII_SIGNS = {code: " " for code in range(128) if not chr(code).isalnum()} | {
    **{ord(sign): None for sign in ".'`"},
    ord("&"): " and ",
}


class NotADomain(ValueError):
    """Why a text cannot be an account's domain; the argument is a code."""


def domain_of(text: str) -> str:
    """A company's domain in ASCII, also out of an address or a URL.

    NotADomain("bad_domain", "free_mail_domain" or "shared_domain") where it cannot tell one company from another.
    """
    if len(text) > MOST_LETTERS:
        raise NotADomain("bad_domain")
    bare = unicodedata.normalize("NFKC", text).strip().lower()
    domain = in_ascii(AROUND_DOMAIN.sub("", bare).rstrip("."))
    labels = domain.split(".")
    if len(domain) > 253 or len(labels) < 2 or not all(map(LABEL.fullmatch, labels)) or labels[-1].isdigit():
        raise NotADomain("bad_domain")
    if is_free_mail(domain):
        raise NotADomain("free_mail_domain")
    if SHARED_ENDING.fullmatch(domain):
        raise NotADomain("shared_domain")
    return domain


def mail_domain(email: str) -> str:
    """The domain behind an address in ASCII; "" where it does not tell a company."""
    domain = in_ascii(email.rpartition("@")[2]) if "@" in email else ""
    return "" if is_free_mail(domain) else domain


def in_ascii(domain: str) -> str:
    """Punycode where letters need it; "" where there is none."""
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""


def spellings(domain: str) -> list[str]:
    """The ways in which a lead's address may write this ASCII domain: as it is, and with its letters."""
    try:
        written = domain.encode("ascii").decode("idna") if "xn--" in domain else domain
    except UnicodeError:
        written = domain
    return sorted({domain, written})


def with_parents(domain: str) -> list[str]:
    """The domain and those above it, the longest first: mail.acme.com, acme.com."""
    labels = domain.split(".")[-MOST_LABELS:]
    return [".".join(labels[place:]) for place in range(len(labels) - 1)]


def is_free_mail(domain: str) -> bool:
    """Is it a mail provider's domain, or one below it?"""
    return any(parent in FREE_DOMAINS or _is_of_provider(parent) for parent in with_parents(domain))


def _is_of_provider(domain: str) -> bool:
    name, _, ending = domain.partition(".")
    return name in FREE_NAMES and ("." not in ending or bool(SHARED_ENDING.fullmatch(ending)))


def name_key(name: str) -> str:
    """What a company's name is compared by; never blank for a name that has a letter, a digit or a sign."""
    if name.isascii():
        plain = name.lower()
        words = plain.translate(ASCII_SIGNS).split()
    else:
        plain = _folded(name)
        words = SIGNS.sub(" ", SILENT.sub("", plain.replace("&", " and "))).split()
    bare = _without_forms(words)
    return " ".join(words if bare in ([], ["the"]) else bare)[:200] or plain.strip()[:200]


def _folded(name: str) -> str:
    plain = ACCENTS.sub("", unicodedata.normalize("NFKD", name))
    folded = unicodedata.normalize("NFKC", plain).casefold()
    return CJK_FORMS.sub(" ", folded) if not folded.isascii() and CJK_FORMS.sub("", folded).strip() else folded


def _without_forms(words: list[str]) -> list[str]:
    """The words without legal forms at the end, and at the start where those stand there."""
    end = len(words)
    while end and (words[end - 1] in LEGAL_FORMS or (end < len(words) and words[end - 1] in LEFT_OVER)):
        end -= 1
    start = 1 if end > 1 and words[0] in LEADING_FORMS else 0
    return words[start:end]
