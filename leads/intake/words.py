"""The sentences that say why a row, an event or a whole file of leads cannot be taken."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ROW_WORDS: dict[str, str | Promise] = {
    "too_many_rows": _("%(rows)d rows at once are too many; send at most %(limit)d."),
    "row_not_an_object": _("This must be an object with named fields."),
    "unknown_field": _("There is no field “%(name)s”. Columns of your own belong in “attributes”."),
    "field_missing": _("This field is missing."),
    "no_identity": _("Neither an e-mail address nor an external id: nobody could tell whose row this is."),
    "not_text": _("This must be a text."),
    "text_too_long": _("This is %(length)d characters long; at most %(limit)d are possible."),
    "bad_character": _("This holds a character that cannot be stored (a NUL or half a surrogate pair)."),
    "bad_email": _("“%(value)s” is not an e-mail address."),
    "phone_without_digits": _("“%(value)s” is not a telephone number: it has no digits."),
    "bad_date": _("“%(value)s” is not a date that we can read. Write it as 2026-11-21 or 2026-11-21T09:30:00Z."),
    "date_in_future": _("%(value)s is in the future. Check the date and its time zone."),
    "bad_number": _("“%(value)s” is not an amount. Write digits with a decimal point, like 1200.50."),
    "bad_yes_no": _("“%(value)s” is neither yes nor no. Write 1 or 0, yes or no, true or false."),
    "unknown_stage": _(
        "“%(value)s” is not a stage. Stages are contact, lead, mql, sal, sql, opportunity, "
        "customer, nurture, disqualified."
    ),
    "attributes_not_an_object": _("“attributes” must be an object of names and values."),
    "too_many_attributes": _("More than %(limit)d attributes."),
    "bad_attribute_name": _("An attribute’s name must have 1 to %(limit)d characters."),
    "bad_attribute": _("An attribute’s value must be a text, a number, true or false."),
    "email_of_another_lead": _(
        "Another lead has the address %(value)s, and this row names a different lead by its external id."
    ),
}
EVENT_WORDS: dict[str, str | Promise] = {
    "event_in_future": _("%(value)s is in the future. Check the sender’s clock and time zone."),
    "unknown_lead": _("There is no lead “%(value)s”. Send the lead first."),
    "ambiguous_lead": _(
        "Several sources have a lead “%(value)s”. Name the source, or the lead’s id or e-mail address."
    ),
    "lead_names_differ": _("The names given here belong to different leads. Send one of them, or correct them."),
    "lead_not_an_object": _("“lead” must be an object with an id, an external_id or an email."),
    "bad_id": _("“%(value)s” is not a lead’s id."),
    "bad_event_type": _(
        "“%(value)s” is not an event type. Use small letters, digits, “_”, “-” and “.”, like page_view."
    ),
    "properties_not_an_object": _("“properties” must be an object of names and values."),
    "bad_properties": _("“properties” nests too deep or holds a value that is not JSON."),
}
EDIT_WORDS: dict[str, str | Promise] = {
    "lead_changed_meanwhile": _(
        "Somebody else changed this lead while you were editing it. Look at the new values and save again."
    ),
    "lead_email_taken": _("Another lead already has this address."),
    "lead_identity_taken": _("Another lead already has this external id at this source."),
    "lead_identity_missing": _("A lead keeps an e-mail address or an external id, or no program could tell it again."),
}
DEAL_WORDS: dict[str, str | Promise] = {
    "unknown_deal_status": _("“%(value)s” is not a status of a deal. Write open, won or lost."),
    "deal_of_another_lead": _("This deal belongs to another lead. Send it without a lead, or with that one."),
    "deals_too_large": _("The won deals of this lead must come to less than 1,000,000,000,000. Check the amounts."),
    "bad_currency": _("“%(value)s” is not a currency. Write three capital letters, like EUR."),
}
INTAKE_WORDS = {**ROW_WORDS, **EVENT_WORDS, **EDIT_WORDS, **DEAL_WORDS}
