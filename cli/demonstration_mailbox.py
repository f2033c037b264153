"""A mailbox on this machine for `innkeeper demo`: it takes e-mails over SMTP and keeps them in memory."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

_OK, _BYE, _GO_ON, _UNKNOWN = b"250 ok\r\n", b"221 bye\r\n", b"354 end with a dot\r\n", b"502 unknown\r\n"
_MAX_LINE_BYTES = 100_000


@contextmanager
def mailbox() -> Iterator[tuple[str, list[EmailMessage]]]:
    """The address of a mail server, as `INNKEEPER_SMTP_URL` takes it, and the e-mails that it has received."""
    received: list[EmailMessage] = []

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 demo\r\n")
            while line := self.rfile.readline(_MAX_LINE_BYTES):
                command = line[:4].upper().strip()
                if command == b"DATA":
                    self.wfile.write(_GO_ON)
                    received.append(self._message())
                    self.wfile.write(_OK)
                elif command == b"QUIT":
                    self.wfile.write(_BYE)
                    return
                else:
                    self.wfile.write(_OK if command in {b"HELO", b"EHLO", b"MAIL", b"RCPT", b"RSET"} else _UNKNOWN)

        def _message(self) -> EmailMessage:
            lines: list[bytes] = []
            while (line := self.rfile.readline(_MAX_LINE_BYTES)) not in (b".\r\n", b""):
                lines.append(line.removeprefix(b"."))
            return message_from_bytes(b"".join(lines), policy=policy.default)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"smtp+plain://127.0.0.1:{server.server_address[1]}", received
    finally:
        server.shutdown()
        server.server_close()
