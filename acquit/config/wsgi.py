"""The WSGI application that granian serves."""

import os

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "acquit.config.settings")
SECRET_LENGTH_MIN = 32

if len(os.environ.get("ACQUIT_SECRET_KEY", "")) < SECRET_LENGTH_MIN:
    # Sessions and links signed with a known key could be made by anyone.
    raise ImproperlyConfigured(
        f"set ACQUIT_SECRET_KEY to {SECRET_LENGTH_MIN} random characters or more before serving;"
        " `acquit up` draws one by itself"
    )
application = get_wsgi_application()
