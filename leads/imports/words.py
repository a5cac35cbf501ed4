"""The sentences that say why a file of leads or its column map is refused, and why a row of it is."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FILE_WORDS: dict[str, str | Promise] = {
    "file_absent": _("There is no file “%(path)s” that can be read."),
    "file_empty": _("The file is empty."),
    "file_too_large": _("The file is larger than %(limit)d MB. Split it into several files."),
    "file_binary": _(
        "Line %(line)d holds NUL characters: this is not a text file. Save it as CSV and choose it again."
    ),
    "file_not_csv": _("This is not a CSV file. Save the table as CSV (comma-separated values) and choose that file."),
    "file_is_spreadsheet": _(
        "This is a spreadsheet or a zip file. Open it, save the sheet as CSV and choose that file."
    ),
    "file_is_packed": _("This file is compressed. Unpack it and choose the CSV file inside."),
    "file_utf16_without_mark": _(
        "This looks like UTF-16 without its mark. Say the encoding (utf-16-le or utf-16-be), or save the file as UTF-8."
    ),
    "file_utf32_without_mark": _(
        "UTF-32 needs a mark at its start. Say the encoding (utf-32-le or utf-32-be), or save the file as UTF-8."
    ),
    "file_wrong_encoding": _(
        "Line %(line)d is not %(encoding)s text. Say the file’s encoding (for example latin-1 or "
        "cp1252), or save the file as UTF-8."
    ),
    "unknown_encoding": _("“%(name)s” is not a text encoding that we know. Examples: utf-8, utf-16, latin-1, cp1252."),
    "quote_never_closed": _(
        "The quote opened in line %(line)d is never closed: the file is cut off, or a quote is "
        "missing there. Nothing was imported."
    ),
    "header_missing": _(
        "The first line has no column names; it looks like data. Add a line with the names of the columns on top."
    ),
    "header_unreadable": _(
        "Line %(line)d, where the column names should be, cannot be read: its quotes are out of "
        "place or it is too long."
    ),
    "header_blank": _("Column %(column)d has no name in the first line."),
    "header_too_long": _("The name of column %(column)d is longer than %(limit)d characters."),
    "header_duplicate": _("Two columns are called “%(name)s”. Give each its own name."),
    "too_many_columns": _("The file has %(columns)d columns; at most %(limit)d are possible."),
    "import_unmapped": _("Say first what the columns mean."),
    "import_is_running": _("This import is running already."),
}
MAP_WORDS: dict[str, str | Promise] = {
    "map_not_json": _("The column map is not valid JSON: %(detail)s"),
    "map_not_an_object": _('The column map must be an object like {"columns": {"E-mail": "email"}, "blank": []}.'),
    "map_unknown_key": _("The column map has no key “%(name)s”; known are columns, blank and dates."),
    "map_bad_blank": _("“blank” must be a list of words."),
    "map_bad_dates": _("“dates” must be iso, dmy or mdy."),
    "map_absent_column": _("The map names the column “%(column)s”, which is not in the file."),
    "map_unknown_field": _("The map sends the column “%(column)s” to “%(field)s”, which is not a field that we know."),
    "map_field_twice": _("The map sends both “%(first)s” and “%(second)s” to %(field)s; only one column can fill it."),
    "no_identity_column": _(
        "No column holds an e-mail address or an external id, so no row could be told from "
        "another. Map one of the columns to email or external_id."
    ),
    "no_account_column": _(
        "No column holds a company’s name or domain, so no account could be told from another. "
        "Map one of the columns to name or domains."
    ),
}
RECORD_WORDS: dict[str, str | Promise] = {
    "row_too_short": _("This row has %(cells)d cells; the header has %(columns)d."),
    "row_too_long": _("This row has %(cells)d cells; the header has %(columns)d."),
    "cell_too_long": _("A cell is longer than %(limit)d characters."),
    "quotes_out_of_place": _("The quotes of this row are out of place: a closing quote must stand before a separator."),
}
# Rows that are taken, and worth a look all the same.
WARNING_WORDS: dict[str, str | Promise] = {
    "row_again": _("An earlier row of this file speaks of the same person or company; the later one adds to it."),
    "formula_cell": _("A spreadsheet would take this for a formula. It is kept as text, and exports make it harmless."),
}
# What mends the rows of a group, said once above their lines.
REPAIR_WORDS: dict[str, str | Promise] = {
    "bad_date": _("Choose the order of day and month in the step before, or keep the column as an attribute."),
    "bad_number": _("Write amounts with a decimal point, or keep the column as an attribute."),
    "bad_yes_no": _("Add the word to those that mean a blank, or keep the column as an attribute."),
    "bad_email": _("Correct the addresses in the file, or add the word to those that mean a blank."),
    "unknown_stage": _("Rename the stages in the file, or keep the column as an attribute."),
    "no_identity": _("Fill in an e-mail address or an id, or leave these rows out."),
    "email_of_another_lead": _("Find out which of the two leads is meant, and correct the id or the address."),
    "bad_domain": _("Correct the domains in the file, or add the word to those that mean a blank."),
    "free_mail_domain": _("Leave the provider’s domain out: the company’s name tells the account."),
    "domains_of_two_accounts": _("Find out which of the two accounts is meant, and correct the domains."),
    "account_name_of_several": _("Add the company’s domain to the row."),
    "account_nameless": _("Fill in a name or a domain, or leave these rows out."),
    "row_too_short": _("A separator is missing, or the row was cut off. Correct it in the file."),
    "row_too_long": _("A cell that holds the separator needs quotes around it. Correct it in the file."),
    "quotes_out_of_place": _("Double the quotes inside a cell, and close each quote. Correct it in the file."),
    "cell_too_long": _("Shorten the cell in the file."),
    "text_too_long": _("Shorten the text in the file, or keep the column as an attribute."),
}
UNDO_WORDS: dict[str, str | Promise] = {
    "undo_of_accounts": _("A file of accounts cannot be taken back. Correct the accounts themselves."),
    "undo_unfinished": _("This import is not finished. Let it run to its end, then undo it."),
    "undo_done": _("This import was undone already."),
    "undo_runs": _("This import is being undone already."),
    "undo_too_late": _("An import can be undone for %(days)d days; this one is older."),
    "no_such_import": _("There is no import “%(id)s”."),
}
# Why a lead of an import that was undone is still as the import left it.
STAYED_WORDS: dict[str, str | Promise] = {
    "handed_over": _("It was handed over to Sales."),
    "has_events": _("It has done something since."),
    "has_deals": _("It has a deal in the sales system."),
    "nurtured": _("It was put into a nurture path."),
    "edited": _("Somebody or another import has changed it since."),
    "known_elsewhere": _("Another system knows it by a name of its own."),
    "lead_gone": _("It is not here any more: another lead took it in."),
    "fields_changed": _("Changed since, and left as they are: %(fields)s."),
}
IMPORT_WORDS = {**UNDO_WORDS, **FILE_WORDS, **MAP_WORDS, **RECORD_WORDS}
