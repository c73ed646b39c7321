"""An index that finds a word inside names and e-mails, where the database has one: PostgreSQL with pg_trgm."""

from django.db import migrations

from django_org_members.models import search_index


class Migration(migrations.Migration):
    dependencies = [("org_members", "0001_initial")]

    operations = [migrations.RunPython(search_index.create, search_index.drop, elidable=False)]
