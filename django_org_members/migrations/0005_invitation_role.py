"""An answered invitation may outlive its role."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def give_a_role(apps: Any, schema_editor: Any) -> None:
    """On the way back, where each invitation has a role: give the least to the answered ones that have none."""
    alias = schema_editor.connection.alias
    invitations = apps.get_model("org_members", "Invitation")._base_manager.using(alias).filter(role=None)
    if not invitations.exists():
        return
    invitations.update(role=apps.get_model("org_members", "Role")._base_manager.using(alias).get(key="member"))
    if schema_editor.connection.vendor == "postgresql":  # it alters no table that has checks left to do
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


class Migration(migrations.Migration):

    dependencies = [
        ('org_members', '0004_audit_search_index'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='invitation',
            name='role',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='invitations', to='org_members.role', verbose_name='role'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('is_pending', None), ('role__isnull', False), _connector='OR'), name='org_members_pending_has_role'),
        ),
        migrations.RunPython(migrations.RunPython.noop, give_a_role),
    ]
