"""Where the pages hang by which leads come in and go out; included in the namespace "leads"."""

from django.urls import path

from leads.views import accounts, imports, lead_edit, merges

IMPORT = "imports/<uuid:public_id>/"
ACCOUNT = "leads/accounts/<uuid:public_id>/"

urlpatterns = [
    path("leads/new/", lead_edit.lead_new, name="lead-new"),
    path("leads/export/", lead_edit.lead_export, name="lead-export"),
    path("leads/<uuid:public_id>/edit/", lead_edit.lead_edit, name="lead-edit"),
    path("leads/duplicates/", merges.duplicates, name="duplicates"),
    path("leads/duplicates/look/", merges.duplicates_look, name="duplicates-look"),
    path("leads/<uuid:public_id>/merge/", merges.lead_merge, name="lead-merge"),
    path("leads/<uuid:public_id>/distinction/", merges.lead_distinction, name="lead-distinction"),
    path("leads/merges/<uuid:public_id>/undo/", merges.merge_undo, name="merge-undo"),
    path("leads/accounts/", accounts.account_list, name="account-list"),
    path("leads/accounts/new/", accounts.account_new, name="account-new"),
    path("leads/accounts/import/", imports.import_new, {"kind": "accounts"}, name="account-import"),
    path(ACCOUNT, accounts.account, name="account"),
    path(f"{ACCOUNT}edit/", accounts.account_edit, name="account-edit"),
    path(f"{ACCOUNT}target/", accounts.account_target, name="account-target"),
    path(f"{ACCOUNT}removal/", accounts.account_removal, name="account-removal"),
    path("imports/", imports.import_list, name="import-list"),
    path("imports/new/", imports.import_new, name="import-new"),
    path(f"{IMPORT}map/", imports.import_map, name="import-map"),
    path(f"{IMPORT}check/", imports.import_check, name="import-check"),
    path(f"{IMPORT}run/", imports.import_run, name="import-run"),
    path(f"{IMPORT}report/", imports.import_report, name="import-report"),
    path(f"{IMPORT}rejected/", imports.import_rejected, name="import-rejected"),
    path(f"{IMPORT}undo/", imports.import_undo, name="import-undo"),
    path(f"{IMPORT}handoff/", imports.import_handoff, name="import-handoff"),
]
