"""The sentences that say why an account cannot be taken."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACCOUNT_WORDS: dict[str, str | Promise] = {
    "account_nameless": _("Neither a name nor a domain: nobody could tell whose row this is."),
    "bad_domain": _("“%(value)s” is not a domain. Write it like acme.com."),
    "free_mail_domain": _("%(value)s belongs to a mail provider: people of every company write from there."),
    "shared_domain": _("Below %(value)s many companies have their domains. Name the company’s own."),
    "domains_not_a_list": _("“domains” must be a text or a list of texts."),
    "too_many_domains": _("An account has at most %(limit)d domains."),
    "domains_of_two_accounts": _("These domains belong to two accounts, %(first)s and %(second)s."),
    "account_name_of_several": _("%(count)d accounts are called “%(value)s”. Add a domain to say which one."),
    "account_changed_meanwhile": _(
        "Somebody else changed this account while you were editing it. Look at the new values and save again."
    ),
    "account_gone": _("Somebody took this account off the list meanwhile."),
    "account_domain_taken": _("One of these domains belongs to %(name)s already."),
    "account_name_taken": _("%(name)s has this name already, and no domain tells the two apart."),
}
