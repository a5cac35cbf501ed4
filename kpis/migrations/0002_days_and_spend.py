"""Visitors by day beside whole months, and what sources cost by month."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('kpis', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Spend',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(verbose_name='month')),
                ('source', models.CharField(max_length=120, verbose_name='source')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='amount')),
                ('currency', models.CharField(max_length=3, validators=[django.core.validators.RegexValidator('^[A-Z]{3}$')], verbose_name='currency')),
                ('changed_at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='visitorcount',
            name='visitors_once_per_month',
        ),
        migrations.AddField(
            model_name='visitorcount',
            name='day',
            field=models.DateField(null=True, verbose_name='day'),
        ),
        migrations.AddConstraint(
            model_name='visitorcount',
            constraint=models.UniqueConstraint(fields=('month', 'day', 'source'), name='visitors_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='visitorcount',
            constraint=models.CheckConstraint(condition=models.Q(('day', None), models.Q(('day__month', models.F('month__month')), ('day__year', models.F('month__year'))), _connector='OR'), name='visitors_of_a_day_of_the_month'),
        ),
        migrations.AddField(
            model_name='spend',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='spend',
            constraint=models.UniqueConstraint(fields=('month', 'source'), name='spend_once_per_month'),
        ),
        migrations.AddConstraint(
            model_name='spend',
            constraint=models.CheckConstraint(condition=models.Q(('month__day', 1)), name='spend_by_whole_month'),
        ),
        migrations.AddConstraint(
            model_name='spend',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='spend_not_negative'),
        ),
    ]
