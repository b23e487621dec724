"""Show the folder of a release in a browser of this machine, as a web server would."""

from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from satu.export.site import FOLDER, POLICY

HOST = "127.0.0.1"


class _Handler(SimpleHTTPRequestHandler):
    """Serves files with the policy of the pages; says nothing of who asked for what."""

    def do_GET(self) -> None:  # the name is that of the library
        """Answer; the start leads to the first page."""
        if self.path == "/":
            self.send_response(HTTPStatus.FOUND)
            self.send_header("Location", f"/{FOLDER}/index.html")
            self.end_headers()
        else:
            super().do_GET()

    def end_headers(self) -> None:
        """Add what a browser needs to keep to the page itself."""
        self.send_header("Content-Security-Policy", f"{POLICY}; frame-ancestors 'none'")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Write nothing."""


def server(folder: Path, port: int) -> ThreadingHTTPServer:
    """Return a server of a release's folder on this machine only; port 0 takes a free one.

    Raises:
        OSError: the port is taken.
    """
    return ThreadingHTTPServer((HOST, port), partial(_Handler, directory=str(folder)))
