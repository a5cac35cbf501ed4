"""Small company: one person in Marketing, one in Sales. Few rules and promises that one person can keep."""

from __future__ import annotations

from agreements.terms.default import flow, scoring, short_cycle, words
from agreements.terms.default.parts import Chapter, Say, path, step


def document(text: Say) -> dict[str, Chapter | list[Chapter]]:
    """All chapters."""
    return short_cycle.document(text) | {
        "goals": words.goals(
            text,
            revenue=180_000,
            revenue_text=text(
                "One number for both: revenue won from leads that came by Marketing. "
                "It takes about 18 new customers of 10,000 each."
            ),
            plan=plan(text),
            leads=240,
        ),
        "definitions": [words.contact(text), words.lead(text), mql(text), words.sal(text), words.sql(text)],
        "profile": profile(text),
        "qualification": qualification(text),
        "handoff": flow.handoff(
            text,
            text(
                "Marketing brings the leads and cares for those that come back; Sales answers, visits and sells. "
                "When one of the two is away, the other answers raised hands and the rest waits."
            ),
            # There is nobody to give the lead to.
            reassign_at_share=None,
        ),
        "returns": flow.returns(
            text,
            # What one person can tell apart without a list beside the phone.
            paths={
                "unreachable": "keep-in-touch",
                "wrong-data": "repair",
                "no-need": "keep-in-touch",
                "no-fit": None,
                "bad-timing": "later",
                "duplicate": None,
            },
            attempts={"min_attempts": 4, "min_calls": 3, "min_minutes_apart": 30, "or_cadence_done": True},
            cool_down=30,
            most=2,
        ),
        "nurture": nurture(text),
        "cadence": cadence(text),
        "commitments": flow.commitments(
            text,
            # Who is at a customer's in the morning answers in the afternoon.
            hand_raise={"target_working_minutes": 60, "working_minutes": 240},
            first_response={"working_days": 1},
            acceptance_days=2,
            decision_days=10,
            choose_path_days=3,
            # One a working day.
            mqls_per_month=20,
        ),
        "kpis": flow.kpis(
            lead_to_mql=0.25,
            mql_to_sql=0.3,
            sql_to_customer=0.25,
            response_minutes_p50=240,
            attempts_per_lead=4,
            promises_kept_sales=0.9,
            promises_kept_marketing=0.9,
            cost_per_lead=40,
        ),
        "review": review(text),
        "calendar": flow.calendar(("09:00", "12:00"), ("13:00", "17:00")),
    }


def plan(text: Say) -> Chapter:
    return words.plan(
        text,
        deal=10_000,
        rates=(0.25, 0.3, 0.25),
        reps=1,
        minutes_per_touch=20,
        hours_per_day=2,
        methods=[
            ("search", text("Search and web site"), 0.5, 30),
            ("referrals", text("Recommendations by customers"), 0.3, 20),
            ("fairs", text("Fairs and local advertising"), 0.2, 95),
        ],
    )


def mql(text: Say) -> Chapter:
    return words.mql(
        text,
        text("A lead in band A1 or A2, or one that asks to be contacted and whose fit is A or B."),
        [
            text("An owner who read the pricing page twice this week"),
            text("An office manager in our market who asked for a call"),
            text("A managing director who sent two forms this week"),
        ],
    )


def profile(text: Say) -> Chapter:
    common = {
        "industry": text("Trade, crafts and services"),
        "size": text("5–200 employees"),
        "region": text("Europe"),
    }
    owner = {
        "name": text("Owner"),
        "role": text("Owner or managing director"),
        "seniority": text("Owner"),
        "text": text("Decides alone and at once; wants a price and a person to talk to."),
    }
    office = {
        "name": text("Office manager"),
        "role": text("Keeps the company running"),
        "seniority": text("Manager"),
        "text": text("Finds and compares; brings two suggestions to the owner."),
    }
    return {
        "text": text("Companies whose owner decides and whom we can serve well with few people."),
        "criteria": [
            {"id": "criterion-size", "text": text("5 to 200 employees")},
            {"id": "criterion-need", "text": text("The problem costs them time or money every week")},
            {"id": "criterion-near", "text": text("In a country and a language in which we work")},
        ],
        "personas": [
            words.persona("decider", owner | common, buying_role="decision_maker"),
            words.persona("influencer", office | common, buying_role="influencer"),
        ],
        "target_accounts": text("One page with the dozen companies that we would like to win most."),
    }


def qualification(text: Say) -> Chapter:
    # Below a hundred leads a month fine points are noise: four traits, and what people ask for.
    fit = {
        "max": 100,
        "groups": [],
        "rules": [
            scoring.decision_maker(text, 40, group=None),
            scoring.market(text, 25),
            scoring.company_known(text, 20, group=None),
            scoring.work_email(text, 15),
            scoring.student(text),
        ],
    }
    interest = {
        "max": 100,
        "groups": [],
        "rules": [
            scoring.pricing_page(text, 20, 30, 40),
            scoring.email_click(text, 30),
            scoring.form(text, 30),
            *scoring.hand_raises(text, 60),
            scoring.unsubscribe(text),
        ],
    }
    chapter = scoring.qualification(
        text,
        fit=fit,
        interest=interest,
        bands={"fit": {"A": 70, "B": 40}, "interest": {"1": 60, "2": 30}},
        mql={"any": [{"band": ["A1", "A2"]}, {"hand_raise": True, "fit_band": ["A", "B"]}]},
    )
    common = scoring.checklist(text)
    return chapter | {"sql": {"checklist": [common["need"], common["decision"], common["time"]]}}


def nurture(text: Say) -> Chapter:
    return {
        "text": text("One letter a month that is worth reading; who answers it is called."),
        "paths": [
            path(
                "keep-in-touch",
                text("Keep in touch"),
                "awareness",
                (14, "email", text("How a company like theirs solved it")),
                (30, "email", text("A tip that they can use without us")),
                (46, "email", text("A last question: is this still a topic?")),
            ),
            flow.later(text, 30, 30, then=None),
            flow.repair(text),
        ],
    }


def cadence(text: Say) -> Chapter:
    return flow.cadence(
        text("Five touches in ten working days: three calls, two e-mails."),
        10,
        # A call and a mail at once, each within the working day.
        step("call-1", "phone", 0, 0, 420),
        step("email-1", "email", 0, 0, 420),
        step("call-2", "phone", 2, 0, 420),
        step("email-2", "email", 4, 0, 420),
        step("call-3", "phone", 8, 0, 420),
    )


def review(text: Say) -> Chapter:
    return words.review(
        text("The two meet every Monday for half an hour, with the list of leads open."),
        "weekly",
        1,
        [
            ("numbers", text("Numbers: new leads, handed over, won"), 5),
            ("work", text("Leads in work: what is next for each"), 10),
            ("returns", text("Returned leads: where they go"), 5),
            ("promises", text("Missed promises, and why"), 5),
            ("change", text("One thing to do differently, written into the draft"), 5),
        ],
        {
            "workflow": [
                text(
                    "Marketing brings leads and hands over those that qualify; Sales notes every attempt on the lead."
                ),
            ],
            "communication": [
                text("What concerns one lead is said on that lead: it is found when one of the two is away."),
            ],
            "feedback": [
                text("Each returned lead bears its reason; on Monday both talk about what it teaches."),
            ],
        },
    )
