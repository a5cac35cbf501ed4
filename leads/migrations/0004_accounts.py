"""The account list, and on each lead the account it belongs to."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0003_dirty_leads_and_retries"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("name_key", models.CharField(db_collation="C", max_length=200)),
                (
                    "domains",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=253),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="domains",
                    ),
                ),
                ("country", models.CharField(blank=True, max_length=120, verbose_name="country")),
                ("industry", models.CharField(blank=True, max_length=200, verbose_name="industry")),
                ("size", models.CharField(blank=True, max_length=60, verbose_name="size")),
                ("tier", models.CharField(blank=True, max_length=60, verbose_name="tier")),
                ("is_target", models.BooleanField(default=True, verbose_name="target account")),
                ("attributes", models.JSONField(blank=True, default=dict, verbose_name="attributes")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("updated_at", models.DateTimeField(verbose_name="updated at")),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accounts",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AccountDomain",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("domain", models.CharField(db_collation="C", max_length=253, unique=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="leads.account"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="lead",
            name="company_key",
            field=models.CharField(blank=True, db_collation="C", db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="leadimport",
            name="kind",
            field=models.CharField(
                choices=[("leads", "Leads"), ("accounts", "Accounts")],
                db_default="leads",
                default="leads",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="lead",
            name="account",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="leads",
                to="leads.account",
                verbose_name="account",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("account", None), _negated=True),
                fields=["account", "-created_at"],
                name="lead_by_account",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                django.db.models.functions.comparison.Collate(
                    django.db.models.functions.text.Reverse(
                        models.Func(
                            models.F("email"),
                            models.Value("@"),
                            models.Value(-1),
                            function="split_part",
                            output_field=models.CharField(),
                        )
                    ),
                    "C",
                ),
                name="lead_by_domain",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("company_key", ""), _negated=True), fields=["company_key"], name="lead_by_company"
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("company_key", ""), models.Q(("company", ""), _negated=True)),
                fields=["id"],
                name="lead_without_key",
            ),
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(fields=["name_key", "id"], name="account_by_name"),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.UniqueConstraint(
                condition=models.Q(("domains", [])), fields=("name_key",), name="account_name_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(("name_key", ""), _negated=True), name="account_named"
            ),
        ),
    ]
