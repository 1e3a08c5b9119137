"""The WSGI application that the web process serves."""

import os

from django.core.wsgi import get_wsgi_application

from prodsec.site.whole_bodies import whole_bodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prodsec.site.settings")
application = whole_bodies(get_wsgi_application())
