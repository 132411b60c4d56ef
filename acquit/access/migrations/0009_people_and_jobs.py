"""The second wall around people and jobs, which belong to no company by a key of their own.

Behind the wall somebody's name must stay readable (who decided a request), and a job must be
queued; both tables stay open for just that, see ``acquit/database/grants.py`` for the columns. A
person is shown to the companies in which he holds or held a role. A job belongs to the company in
its arguments: every job has one. Sign-in happens before a company is known and never runs behind
the wall, so sessions, passwords and second factors are not readable there at all.
"""

from django.db import migrations

_SHOWN = "nullif(current_setting('acquit.company_id', true), '')"
_PEOPLE = f"""
ALTER TABLE access_user ENABLE ROW LEVEL SECURITY;
CREATE POLICY access_user_wall ON access_user USING (EXISTS (
    SELECT FROM access_membership AS held
    WHERE held.company_id = {_SHOWN}::uuid AND held.user_id = access_user.id
))
"""
_JOBS = f"""
ALTER TABLE procrastinate_jobs ENABLE ROW LEVEL SECURITY;
CREATE POLICY procrastinate_jobs_wall ON procrastinate_jobs
    USING (args->>'company_id' = {_SHOWN})
"""


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0008_views"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]
    operations = [
        migrations.RunSQL(
            _PEOPLE,
            "DROP POLICY access_user_wall ON access_user;"
            "ALTER TABLE access_user DISABLE ROW LEVEL SECURITY",
        ),
        migrations.RunSQL(
            _JOBS,
            "DROP POLICY procrastinate_jobs_wall ON procrastinate_jobs;"
            "ALTER TABLE procrastinate_jobs DISABLE ROW LEVEL SECURITY",
        ),
    ]
