"""The exports of systems that many teams come from: what their columns mean here, told by their headers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

LEAST_SHARE = 0.6
# Fewer headers that only a system writes, and the file could be anybody's.
LEAST_TELLING = 3
# What people call the columns of a list that they made themselves.
EVERYBODYS = """
id email email_address name full_name first_name last_name salutation company company_name organization
organization_name contact_person title job_title department role phone phone_number mobile mobile_phone fax country
state city street address postal_code website site industry number_of_employees annual_revenue source lead_source
status rating priority description created_at create_date created_date updated_at converted deleted deal lead
"""


@dataclass(frozen=True)
class System:
    """One system's headers, as people and as programs write them; blanks and signs do not count, nor capitals.

    ``fields`` says which of ours they fill, of several that fit the first; ``others`` are known and stay attributes.
    """

    name: str
    fields: Mapping[str, str]
    others: str
    # What a program puts before each name, and how the fields end that a company made itself.
    prefix: str = ""
    own_fields: str = ""

    @cached_property
    def _filling(self) -> frozenset[str]:
        return frozenset(plain(word) for words in self.fields.values() for word in words.split())

    @cached_property
    def _others(self) -> frozenset[str]:
        return frozenset(map(plain, self.others.split())) - self._filling

    def bare(self, header: str) -> str:
        """The header as this system's words are written."""
        return plain(header.strip().removeprefix(self.prefix) if self.prefix else header)

    def knows(self, header: str) -> bool:
        return self.bare(header) in self._filling or self.keeps(header)

    def keeps(self, header: str) -> bool:
        """Whether the column stays an attribute, whatever its name means elsewhere."""
        own = bool(self.own_fields) and re.search(self.own_fields, header.strip()) is not None
        return own or self.bare(header) in self._others


def plain(header: str) -> str:
    """The letters and digits of a header, in lower case."""
    return re.sub(r"[\W_]", "", header).lower()


_EVERYBODYS = frozenset(map(plain, EVERYBODYS.split()))


def system_of(headers: Sequence[str]) -> System | None:
    """The system that knows the largest share of the headers, at least 60 %, three of them words of its own.

    None where two know as many.
    """
    shares = sorted(((_share(system, headers), system.name) for system in SYSTEMS.values()), reverse=True)
    (best, name), (second, _) = shares[:2]
    system = SYSTEMS[name]
    is_telling = sum(system.knows(header) and plain(header) not in _EVERYBODYS for header in headers) >= LEAST_TELLING
    return system if is_telling and best >= LEAST_SHARE and best > second else None


def _share(system: System, headers: Sequence[str]) -> float:
    return sum(map(system.knows, headers)) / len(headers) if headers else 0.0


HUBSPOT = System(
    "HubSpot",
    {
        "external_id": "record_id hs_object_id contact_id vid id",
        "email": "email",
        "first_name": "first_name",
        "last_name": "last_name",
        "company": "company_name company associated_company",
        "title": "job_title",
        "phone": "phone_number phone mobile_phone_number mobilephone",
        "country": "country_region country",
        "source": "original_source hs_analytics_source",
        "created_at": "create_date",
        "stage": "lifecycle_stage",
        "converted_at": "close_date",
        "deal_amount": "total_revenue",
    },
    "website_url website city state_region state industry annual_revenue contact_owner hubspot_owner_id"
    " owner_assigned_date hubspot_owner_assigneddate lead_status hs_lead_status hubspot_score hubspotscore"
    " original_source_drill_down_1 hs_analytics_source_data_1 original_source_drill_down_2 hs_analytics_source_data_2"
    " latest_source hs_latest_source last_modified_date last_activity_date notes_last_updated last_contacted"
    " notes_last_contacted number_of_times_contacted num_contacted_notes number_of_sales_activities num_notes"
    " time_first_seen hs_analytics_first_timestamp number_of_sessions hs_analytics_num_visits number_of_pageviews"
    " hs_analytics_num_page_views first_conversion first_conversion_event_name first_conversion_date recent_conversion"
    " recent_conversion_event_name recent_conversion_date number_of_form_submissions num_conversion_events"
    " unsubscribed_from_all_email hs_email_optout date_of_first_engagement hs_sa_first_engagement_date"
    " lead_response_time hs_time_to_first_engagement date_entered_mql hs_date_entered_marketingqualifiedlead"
    " date_entered_sql hs_date_entered_salesqualifiedlead number_of_associated_deals num_associated_deals"
    " associated_company_id associatedcompanyid",
    prefix="property_",
)
SALESFORCE = System(
    "Salesforce",
    {
        "external_id": "lead_id id",
        "email": "email",
        "name": "full_name name",
        "first_name": "first_name",
        "last_name": "last_name",
        "company": "company company_account",
        "title": "title",
        "phone": "phone mobile mobile_phone",
        "country": "country",
        "source": "lead_source",
        "created_at": "created_date create_date",
        "converted": "converted is_converted",
        "converted_at": "converted_date",
    },
    "street address city state state_province postal_code zip_postal_code annual_revenue converted_account"
    " converted_account_id converted_contact converted_contact_id converted_opportunity converted_opportunity_id"
    " created_by created_by_id data_com_key jigsaw jigsaw_contact_id deleted is_deleted description do_not_call"
    " email_bounced_date email_bounced_reason email_opt_out email_opt_out_10 has_opted_out_of_email fax fax_opt_out"
    " has_opted_out_of_fax industry last_activity last_activity_date last_modified_by last_modified_by_id"
    " last_modified_date lead_owner owner_id record_owner lead_status status no_of_employees number_of_employees"
    " rating website unread_by_owner is_unread_by_owner master_record_id system_modstamp geocode_accuracy photo_url"
    " longitude latitude last_referenced_date last_viewed_date country_code state_code salutation individual_id",
    own_fields="_c$",
)
PIPEDRIVE = System(
    "Pipedrive",
    {
        "external_id": "lead_pipedrive_system_id person_pipedrive_system_id deal_pipedrive_system_id",
        "email": "person_email lead_person_email",
        "name": "person_name contact_person",
        "first_name": "person_first_name",
        "last_name": "person_last_name",
        "company": "organization organization_name person_organization",
        "phone": "person_phone",
        "source": "lead_source_channel lead_source",
        "created_at": "lead_creation_date person_creation_date deal_creation_date lead_created",
        "converted_at": "deal_won_time",
        "deal_amount": "deal_value lead_value",
    },
    "lead_title lead_labels lead_owner lead_source_channel_id person_label person_labels person_owner"
    " person_visible_to deal_title deal_owner deal_stage_pipeline deal_expected_close_date deal_currency_of_value"
    " deal_label deal_closed_on deal_lost_reason deal_lost_time deal_probability deal_status deal_visible_to"
    " activity_subject activity_due_date activity_assigned_to_user activity_note activity_type activity_done"
    " activity_due_time activity_duration activity_marked_as_done_time activity_creation_date deal lead"
    " activity_pipedrive_system_id",
)
MARKETO = System(
    "Marketo",
    {
        "external_id": "id",
        "email": "email_address email",
        "name": "full_name mkto_name",
        "first_name": "first_name",
        "last_name": "last_name",
        "company": "company_name company",
        "title": "job_title title",
        "phone": "phone_number phone mobile_phone_number mobile_phone",
        "country": "country",
        "source": "lead_source",
        "created_at": "created_at",
    },
    "site billing_address billing_street billing_city billing_state billing_country billing_postal_code website"
    " main_phone annual_revenue num_employees number_of_employees industry sic_code company_notes mkto_company_notes"
    " sfdc_account_id external_company_id person_type is_partner mkto_is_partner is_lead is_customer mkto_is_customer"
    " is_anonymous salutation middle_name fax_number fax contact_company date_of_birth address city state postal_code"
    " person_time_zone original_source_type original_source_info registration_source_type registration_source_info"
    " original_search_engine original_search_phrase original_referrer email_invalid email_invalid_cause unsubscribed"
    " unsubscribed_reason do_not_call do_not_call_cause mkto_do_not_call_cause do_not_call_reason marketing_suspended"
    " marketing_suspended_cause black_listed black_listed_cause person_notes mkto_person_notes sfdc_type"
    " sfdc_contact_id anonymous_ip inferred_company inferred_country inferred_city inferred_state_region"
    " inferred_postal_code inferred_metropolitan_area inferred_phone_area_code email_suspended email_suspended_cause"
    " email_suspended_at department sfdc_id updated_at cookies external_sales_person_id lead_person role lead_role"
    " lead_status lead_score urgency priority relative_score relative_urgency lead_rating rating sfdc_lead_id"
    " sfdc_lead_owner_id primary_lead_interest person_primary_lead_interest lead_partition_id",
    own_fields="__c(_account)?$",
)
SYSTEMS = {system.name: system for system in (HUBSPOT, SALESFORCE, PIPEDRIVE, MARKETO)}
