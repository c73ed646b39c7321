"""PostgreSQL: counters by statement, with transition tables, so that a bulk of any size updates each organization once."""

from .rows import APPEND_ONLY, AUDIT, INVITATION, MEMBERSHIP, ORGANIZATION, counted, fingerprint

# SET search_path: a dump is restored under an empty one.
_COUNT = """
CREATE OR REPLACE FUNCTION org_members_count() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    {changes}
    RETURN NULL;
END $$
"""

_APPLY = """
    UPDATE org_members_organization AS o
    SET member_count = o.member_count + d.members, active_member_count = o.active_member_count + d.active
    FROM (
        SELECT organization_id, SUM(members) AS members, SUM(active) AS active FROM ({rows}) AS changed
        GROUP BY organization_id HAVING SUM(members) <> 0 OR SUM(active) <> 0
    ) AS d
    WHERE o.id = d.organization_id;
"""
_ADDED = "SELECT organization_id, 1 AS members, is_active::int AS active FROM added"
_GONE = "SELECT organization_id, -1 AS members, -(is_active::int) AS active FROM gone"

_FUNCTIONS = tuple(
    _COUNT.replace("org_members_count", f"org_members_count_{event}").format(changes=_APPLY.format(rows=rows))
    for event, rows in (("insert", _ADDED), ("delete", _GONE), ("update", f"{_ADDED} UNION ALL {_GONE}"))
)

_COUNT_NEW = f"""
CREATE OR REPLACE FUNCTION org_members_count_new() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    NEW.member_count := {counted("NEW.id", active=False)};
    NEW.active_member_count := {counted("NEW.id", active=True)};
    RETURN NEW;
END $$
"""

_CHECK_ROLE = """
CREATE OR REPLACE FUNCTION org_members_check_role() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    role_organization bigint;
    role_key text;
    owner_id org_members_organization.owner_id%TYPE;
BEGIN
    SELECT organization_id, key INTO role_organization, role_key FROM org_members_role WHERE id = NEW.role_id;
    IF role_organization IS NOT NULL AND role_organization <> NEW.organization_id THEN
        RAISE EXCEPTION 'org_members: the role belongs to another organization' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_TABLE_NAME = 'org_members_invitation' THEN
        IF role_key = 'owner' THEN
            RAISE EXCEPTION 'org_members: nobody is invited as Owner' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    SELECT o.owner_id INTO owner_id FROM org_members_organization AS o WHERE o.id = NEW.organization_id;
    IF (role_key IS NOT DISTINCT FROM 'owner') <> (NEW.user_id = owner_id) THEN
        RAISE EXCEPTION 'org_members: the role Owner belongs to the owner of the organization, and to nobody else'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""

_APPEND_ONLY = f"""
CREATE OR REPLACE FUNCTION org_members_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' AND current_setting('org_members.retention', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '{APPEND_ONLY}' USING ERRCODE = 'check_violation';
END $$
"""

_STATEMENTS = (
    *_FUNCTIONS,
    _COUNT_NEW,
    f"""
    CREATE TRIGGER org_members_count_new BEFORE INSERT ON {ORGANIZATION}
    FOR EACH ROW EXECUTE FUNCTION org_members_count_new()
    """,
    """
    CREATE TRIGGER org_members_count_insert AFTER INSERT ON org_members_membership
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION org_members_count_insert()
    """,
    """
    CREATE TRIGGER org_members_count_delete AFTER DELETE ON org_members_membership
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION org_members_count_delete()
    """,
    """
    CREATE TRIGGER org_members_count_update AFTER UPDATE ON org_members_membership
    REFERENCING NEW TABLE AS added OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION org_members_count_update()
    """,
    _CHECK_ROLE,
    """
    CREATE TRIGGER org_members_check_role BEFORE INSERT OR UPDATE OF organization_id, role_id, user_id
    ON org_members_membership FOR EACH ROW EXECUTE FUNCTION org_members_check_role()
    """,
    """
    CREATE TRIGGER org_members_check_role BEFORE INSERT OR UPDATE OF organization_id, role_id
    ON org_members_invitation FOR EACH ROW EXECUTE FUNCTION org_members_check_role()
    """,
    _APPEND_ONLY,
    *(
        f"CREATE TRIGGER org_members_audit_{event.lower()} BEFORE {event} ON {AUDIT} "
        "FOR EACH ROW EXECUTE FUNCTION org_members_append_only()"
        for event in ("UPDATE", "DELETE")
    ),
    f"CREATE TRIGGER org_members_audit_truncate BEFORE TRUNCATE ON {AUDIT} "
    "FOR EACH STATEMENT EXECUTE FUNCTION org_members_append_only()",
)

TRIGGERS = {
    *((f"org_members_count_{event}", MEMBERSHIP) for event in ("insert", "delete", "update")),
    ("org_members_count_new", ORGANIZATION),
    *(("org_members_check_role", table) for table in (MEMBERSHIP, INVITATION)),
    *((f"org_members_audit_{event}", AUDIT) for event in ("update", "delete", "truncate")),
}
FINGERPRINT = fingerprint(*_STATEMENTS)
INSTALL = (
    *_STATEMENTS,
    *(f"COMMENT ON TRIGGER {name} ON {table} IS '{FINGERPRINT}'" for name, table in sorted(TRIGGERS)),
)
STORED = (
    "SELECT t.tgname, c.relname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid "
    "WHERE pg_table_is_visible(c.oid) AND obj_description(t.oid, 'pg_trigger') LIKE %s"
)
DROP = (
    # In the order of everything that changes people, or each could wait for the other.
    f"LOCK TABLE {ORGANIZATION}, {MEMBERSHIP}, {INVITATION}, {AUDIT} IN ACCESS EXCLUSIVE MODE",
    *(f"DROP TRIGGER IF EXISTS {name} ON {table}" for name, table in sorted(TRIGGERS)),
    *(f"DROP FUNCTION IF EXISTS org_members_count_{event}()" for event in ("insert", "delete", "update", "new")),
    "DROP FUNCTION IF EXISTS org_members_check_role()",
    "DROP FUNCTION IF EXISTS org_members_append_only()",
)
LIFT = ("SELECT set_config('org_members.retention', 'on', true)",)
RESTORE = ("SELECT set_config('org_members.retention', 'off', true)",)
