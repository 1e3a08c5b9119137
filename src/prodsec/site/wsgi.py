"""The WSGI application that the web process serves."""

import os
import signal

from django.core.wsgi import get_wsgi_application

from prodsec.site.processes import end_with_parent
from prodsec.site.whole_bodies import whole_bodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prodsec.site.settings")
# Granian serves from a child process; when its parent is killed, the child must not stay behind with the port.
end_with_parent(signal.SIGKILL)()
application = whole_bodies(get_wsgi_application())
