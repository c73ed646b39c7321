"""Permissions for roles, the audit log and billing; audit events tell from where, and are searched and filtered."""

from typing import Any

from django.conf import settings
from django.db import migrations, models

from django_org_members.models.text import folded

BATCH = 1000


def fill_search_text(apps: Any, schema_editor: Any) -> None:
    """Make old events searchable. The trigger that refuses updates comes back after the migration."""
    table = " ON org_members_auditevent" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER IF EXISTS org_members_audit_update{table}")
    events = apps.get_model("org_members", "AuditEvent")._base_manager.using(schema_editor.connection.alias)
    last = 0
    while rows := list(events.filter(pk__gt=last, search_text="").order_by("pk")[:BATCH]):
        last = rows[-1].pk
        for row in rows:
            row.search_text = folded(" ".join(filter(None, (row.name, row.email, row.actor_name))))
        events.bulk_update(rows, ["search_text"])


class Migration(migrations.Migration):

    dependencies = [
        ('org_members', '0002_search_index'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='organization',
            options={'ordering': ('name', 'pk'), 'permissions': (('view_members', "See the organization's members"), ('invite_member', 'Invite people by e-mail and manage pending invitations'), ('create_member', 'Create accounts and add people directly'), ('edit_member_profile', "Edit members' name, e-mail and phone"), ('set_member_role', "Change members' roles"), ('disable_member', "Disable and enable members' access"), ('remove_member', 'Remove members'), ('reset_member_mfa', "Reset members' multi-factor authentication"), ('reset_member_password', "Reset members' passwords"), ('sign_out_member', 'Sign members out everywhere'), ('view_member_activity', "See members' sign-in activity"), ('view_roles', 'See the roles and what each lets people do'), ('manage_roles', 'Create, edit and delete custom roles'), ('view_audit_log', 'Read and export the audit log'), ('manage_billing', 'Manage the subscription and its seats'), ('transfer_ownership', 'Transfer the ownership of the organization')), 'verbose_name': 'organization', 'verbose_name_plural': 'organizations'},
        ),
        migrations.RemoveIndex(
            model_name='auditevent',
            name='org_members_audit_user',
        ),
        migrations.AddField(
            model_name='auditevent',
            name='actor_email',
            field=models.CharField(blank=True, max_length=254, verbose_name="actor's email"),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='client',
            field=models.CharField(blank=True, editable=False, help_text='The browser, or the management command.', max_length=255, verbose_name='client'),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='ip_address',
            field=models.GenericIPAddressField(editable=False, null=True, verbose_name='IP address'),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='search_text',
            field=models.TextField(blank=True, editable=False),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='details',
            field=models.JSONField(blank=True, default=dict, help_text='What changed: {field: [before, after]}, or {field: value}.', verbose_name='details'),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='name',
            field=models.CharField(blank=True, help_text='Of the person, role or organization that is meant.', max_length=255, verbose_name='name'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['organization', 'user', '-created_at', '-id'], name='org_members_audit_whom'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['organization', 'actor', '-created_at', '-id'], name='org_members_audit_who'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['organization', 'verb', '-created_at', '-id'], name='org_members_audit_verb'),
        ),
        migrations.RunPython(fill_search_text, migrations.RunPython.noop, atomic=False),
    ]
