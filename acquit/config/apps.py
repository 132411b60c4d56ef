from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class WiringConfig(AppConfig):
    """Installs the table of reactions once every stage is loaded."""

    name = "acquit.config"
    label = "config"

    def ready(self) -> None:
        from acquit.channels.webhook import outbox
        from acquit.config.wiring import KINDS, UNDO, WIRING
        from acquit.database.grants import grant_walled_role
        from acquit.entrypoints.frame import job_context
        from acquit.history.unit import follow, wire
        from acquit.intake import kinds
        from acquit.jobs import install_frame

        wire(WIRING)
        follow(outbox.follow)
        install_frame(job_context)
        kinds.install(KINDS, undo=UNDO)
        # Django sends the signal only for apps with tables; any one of them will do.
        post_migrate.connect(grant_walled_role, sender=apps.get_app_config("access"))
