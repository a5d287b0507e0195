"""
A TCP relay that makes a near server a far one: the first byte of each answer comes so much later, and no connection
gets more than so many bytes a second. Run as a program: relay.py PORT-OF-SERVER; it prints its own port.

A network takes no processor time of the machine at its end, so this takes little: bytes go from socket to socket through
a pipe, as pages that nobody copies.
"""
import fcntl
import os
import socket
import sys
import threading
import time

DELAY = 0.04
BYTES_A_SECOND = 60_000_000
# So much passes at a time, when the last of it is due: to sleep and to wake takes the most of what a relay costs.
GRAIN_BYTES = 1024 * 1024
# What passes of an answer as soon as it may.
FIRST_BYTES = 16 * 1024


class Passage:
    """Passes bytes on in one direction, never faster than the rate."""

    def __init__(self, source, target, on_bytes):
        self.source, self.target, self.on_bytes = source, target, on_bytes
        # How late the next bytes are.
        self.late = 0

    def start(self):
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        leaving, entering = os.pipe()
        try:
            fcntl.fcntl(entering, fcntl.F_SETPIPE_SZ, GRAIN_BYTES)
            self.move(leaving, entering)
            self.target.shutdown(socket.SHUT_WR)
        except OSError:
            # Where one side goes, so does the other.
            for end in self.source, self.target:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        finally:
            os.close(leaving)
            os.close(entering)

    def move(self, leaving, entering):
        # When the bytes passed so far are due at the rate.
        due = 0
        while count := os.splice(self.source.fileno(), entering, GRAIN_BYTES):
            self.on_bytes()
            late, self.late = self.late, 0
            time.sleep(late)
            due = max(due, time.monotonic()) + count / BYTES_A_SECOND
            if late > 0:
                count -= os.splice(leaving, self.target.fileno(), min(count, FIRST_BYTES))
            time.sleep(max(0, due - time.monotonic()))
            while count > 0:
                count -= os.splice(leaving, self.target.fileno(), count)


def relay(near, port):
    far = socket.create_connection(('127.0.0.1', port))
    for end in near, far:
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    answers = Passage(far, near, lambda: None)

    def delay():
        """A request is on its way: its answer's first byte is late."""
        answers.late = DELAY

    answers.start()
    Passage(near, far, delay).start()


server = socket.create_server(('127.0.0.1', 0), backlog=256)
print(server.getsockname()[1], flush=True)
while True:
    relay(server.accept()[0], int(sys.argv[1]))
