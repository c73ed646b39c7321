"""An index that finds a word inside names and addresses of audit events, where the database has one."""

from functools import partial

from django.db import migrations

from django_org_members.models import search_index


class Migration(migrations.Migration):
    dependencies = [("org_members", "0003_roles_and_audit")]

    operations = [
        migrations.RunPython(
            partial(search_index.create, index=search_index.AUDIT),
            partial(search_index.drop, index=search_index.AUDIT),
            elidable=False,
        )
    ]
