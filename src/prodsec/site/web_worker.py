"""What the web server's own worker process loads: the application, and the promise not to outlive the server.

A killed server would leave its worker behind, which would hold the port and go on answering with yesterday's code.
"""

import signal

from prodsec.site.processes import end_with_parent
from prodsec.site.wsgi import application

end_with_parent(signal.SIGKILL)()

__all__ = ["application"]
