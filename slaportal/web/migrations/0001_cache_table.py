"""The table of the database cache, which counts log-in attempts: nothing of ours needs Redis to live."""

from django.db import migrations

CREATE = """
CREATE TABLE web_cache (
    cache_key varchar(255) NOT NULL PRIMARY KEY,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);
CREATE INDEX web_cache_expires ON web_cache (expires);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [migrations.RunSQL(CREATE, "DROP TABLE web_cache")]
