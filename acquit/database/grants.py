"""Rights of the walled role: rows yes, tables no. Run after every migration."""

from __future__ import annotations

from typing import Any

from django.db import connection

from acquit.database.scope import role_exists
from acquit.database.walls import WALLED_ROLE

_CREATE = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{WALLED_ROLE}') THEN
        CREATE ROLE {WALLED_ROLE} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
    END IF;
    -- From PostgreSQL 16 on the maker of a role may administer it but not yet become it.
    IF NOT pg_has_role(current_user, '{WALLED_ROLE}',
        CASE WHEN current_setting('server_version_num')::int >= 160000
        THEN 'SET' ELSE 'MEMBER' END) THEN
        EXECUTE format('GRANT {WALLED_ROLE} TO %I', current_user);
    END IF;
EXCEPTION
    -- Another database of the same server made the role first, or we may not make roles at all.
    WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
END $$
"""
# What the walled role may do with the tables that no company's key begins. All others of them are
# closed to it: sessions, second factors, addresses, and any table that is still to come.
UNWALLED = {
    "access_user": "SELECT (id, name)",  # who decided; the policy shows the company's people
    "django_migrations": "SELECT",  # whether the tables are up to date
    "procrastinate_events": "INSERT",  # by the trigger of a job that is queued
    "procrastinate_jobs": "INSERT, SELECT (id, status)",  # the company's jobs, by the policy
    "procrastinate_workers": "SELECT (last_heartbeat)",  # whether anybody works
}
_GRANT = f"""
DO $$
DECLARE walled text;
BEGIN
    GRANT USAGE ON SCHEMA public TO {WALLED_ROLE};
    REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {WALLED_ROLE};
    REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {WALLED_ROLE};
    SELECT string_agg(oid::regclass::text, ', ') INTO walled FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relrowsecurity
        AND relname <> ALL(%s);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %%s TO {WALLED_ROLE}', walled);
    {" ".join(f"GRANT {rights} ON {table} TO {WALLED_ROLE};" for table, rights in UNWALLED.items())}
    GRANT USAGE ON procrastinate_jobs_id_seq, procrastinate_events_id_seq TO {WALLED_ROLE};
EXCEPTION
    WHEN undefined_object THEN NULL;
END $$
"""


def grant_walled_role(**_signal: Any) -> None:
    """Make the role where we may, and give it its rights on the tables that exist now."""
    with connection.cursor() as cursor:
        cursor.execute(_CREATE)
        cursor.execute(_GRANT, [list(UNWALLED)])
    role_exists.cache_clear()
