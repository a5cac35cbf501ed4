"""Where the pages of people hang."""

from django.urls import path

from slaportal.accounts.views import entrance, people, profile, teams

app_name = "accounts"

PERSON = "settings/people/<uuid:public_id>/"

urlpatterns = [
    path("setup/", entrance.set_up, name="set-up"),
    path("accounts/link/<str:token>/", entrance.password_link, name="password-link"),
    path("accounts/demo/", entrance.demo_entry, name="demo-entry"),
    path("me/", profile.profile, name="profile"),
    path("me/availability/", profile.availability, name="availability"),
    path("me/tokens/", profile.api_tokens, name="tokens"),
    path("me/tokens/<uuid:public_id>/revocation/", profile.token_revocation, name="token-revocation"),
    path("settings/", people.settings_index, name="settings"),
    path("settings/people/", people.people_list, name="people"),
    path("settings/people/new/", people.person_new, name="person-new"),
    path(PERSON, people.person, name="person"),
    path(f"{PERSON}details/", people.person_details, name="person-details"),
    path(f"{PERSON}availability/", people.person_availability, name="person-availability"),
    path(f"{PERSON}absences/", people.person_absences, name="person-absences"),
    path(f"{PERSON}absences/removal/", people.person_absence_removal, name="person-absence-removal"),
    path(f"{PERSON}deactivation/", people.person_deactivation, name="person-deactivation"),
    path(f"{PERSON}reactivation/", people.person_reactivation, name="person-reactivation"),
    path(f"{PERSON}access-reset/", people.person_access_reset, name="person-access-reset"),
    path("settings/teams/", teams.team_list, name="teams"),
    path("settings/teams/<uuid:public_id>/name/", teams.team_name, name="team-name"),
]
