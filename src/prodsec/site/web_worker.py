"""What the web server's own worker process loads: the application, and the promise not to outlive the server.

A killed server would leave its worker behind, which would hold the port and go on answering with yesterday's code.
"""

import gc
import multiprocessing
import os
import signal
import threading
from typing import TYPE_CHECKING

from prodsec.site.processes import end_with_parent

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def _bound_to_server() -> "WSGIApplication":
    """The application, after this process was tied to the life of the one that started it."""
    end_with_parent(signal.SIGKILL)()
    server = multiprocessing.parent_process()
    if server is not None and server.pid != os.getppid():
        raise SystemExit("The web server was killed while its worker started.")
    from prodsec.site import document_index
    from prodsec.site.wsgi import application

    settle()
    # The first one to search would wait for the index of the documentation; nobody waits for it beside the first pages.
    threading.Thread(target=document_index.prepare, name="document index", daemon=True).start()
    return application


def settle() -> None:
    """Look for garbage among what was loaded once, and never again: each later look would hold a request up by a tenth of a second."""
    gc.collect()
    gc.freeze()


application = _bound_to_server()
