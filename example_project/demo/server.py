"""Serves the project and its static files on this machine."""

from __future__ import annotations

import errno
import socket

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.servers import basehttp
from django.core.wsgi import get_wsgi_application

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether nothing listens on the port yet."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def serve(port: int) -> None:
    """Answer requests until interrupted, each in a thread of its own. No autoreload."""
    basehttp.run(HOST, port, StaticFilesHandler(get_wsgi_application()), threading=True)
