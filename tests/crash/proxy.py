"""A TCP proxy that can be cut, so that a database goes away from the program under test while it
stays where it is for everybody else."""
import contextlib
import socket
import threading


class Flow(threading.Event):
    """Whether the connections of one time pass anything on."""

    def __init__(self, flows=True):
        super().__init__()
        if flows:
            self.set()


class Proxy:
    """Stands at a port of its own before `host:port`."""

    def __init__(self, host, port, at):
        self.upstream, self.at = (host, port), at
        self.flowing, self.lock = Flow(), threading.Lock()
        self.sockets, self.listener = set(), None
        self.listen()

    def listen(self):
        self.listener = socket.create_server(("127.0.0.1", self.at), backlog=128)
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def cut(self):
        """Drops every connection and refuses new ones, as a server that is stopped."""
        # A blocked accept() would keep the port open beyond close().
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        with self.lock:
            for sock in self.sockets:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def hang(self):
        """Passes nothing on and says nothing, as a network that has lost its way."""
        self.flowing.clear()

    def lose(self):
        """As hang(), and what is open now is never heard of again, as after a failover."""
        self.flowing.clear()
        self.flowing = Flow(flows=False)

    def mend(self):
        """All is well again."""
        if self.flowing.is_set():
            self.listen()
        self.flowing.set()

    def accept(self, listener):
        while True:
            try:
                inner, _ = listener.accept()
                outer = socket.create_connection(self.upstream, timeout=10)
            except OSError:
                return
            outer.settimeout(None)
            for sock in (inner, outer):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.sockets |= {inner, outer}
            for way in ((inner, outer, self.flowing), (outer, inner, self.flowing)):
                threading.Thread(target=self.pump, args=way, daemon=True).start()

    def pump(self, source, target, flowing):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                flowing.wait()
                target.sendall(data)
        # Whichever side ends first ends the other one too.
        for sock in (source, target):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        with self.lock:
            self.sockets -= {source, target}
