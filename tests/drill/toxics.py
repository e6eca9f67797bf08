"""A small TCP proxy on loopback that spoils connections: what a bad network does between two programs."""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Self

PIECE = 65536
LATENCY = (0.02, 0.3)
DRIPS, DRIP_SECONDS = 200, 0.005
HOLE_SECONDS = 1.0


class Toxic(StrEnum):
    """What happens to one connection."""

    NONE = "none"
    LATENCY = "latency"
    DRIP = "slow drip"
    RESET_BEFORE = "reset before the request arrives"
    RESET_AFTER = "reset before the answer arrives"
    BLACKHOLE = "blackhole"


MIX: Mapping[Toxic, float] = {
    Toxic.NONE: 0.8,
    Toxic.LATENCY: 0.08,
    Toxic.DRIP: 0.02,
    Toxic.RESET_BEFORE: 0.04,
    Toxic.RESET_AFTER: 0.04,
    Toxic.BLACKHOLE: 0.02,
}


class Proxy:
    """Passes connections on to `target` (a port), each through a toxic drawn by the seed. `met` counts them."""

    def __init__(self, target: int, seed: int, mix: Mapping[Toxic, float] = MIX) -> None:
        self.target = target
        self.met: Counter[Toxic] = Counter()
        self._mix = mix
        self._random = random.Random(seed)
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = int(self._listening.getsockname()[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            (toxic,) = self._random.choices(list(self._mix), list(self._mix.values()))
            self.met[toxic] += 1
            threading.Thread(target=self._serve, args=(client, toxic, self._random.random()), daemon=True).start()

    def _serve(self, client: socket.socket, toxic: Toxic, draw: float) -> None:
        with client, suppress(OSError):
            if toxic is Toxic.BLACKHOLE:
                client.settimeout(HOLE_SECONDS)
                while client.recv(PIECE):
                    pass
                return
            if toxic is Toxic.RESET_BEFORE:
                client.recv(PIECE)
                _reset(client)
                return
            with socket.create_connection(("127.0.0.1", self.target), timeout=30) as server:
                wait = LATENCY[0] + draw * (LATENCY[1] - LATENCY[0]) if toxic is Toxic.LATENCY else 0.0
                back = threading.Thread(target=_answer, args=(server, client, toxic, wait), daemon=True)
                back.start()
                _pass(client, server, wait)
                back.join(30)


def _pass(source: socket.socket, sink: socket.socket, wait: float) -> None:
    """Everything from one to the other, then the end of it."""
    with suppress(OSError):
        while piece := source.recv(PIECE):
            time.sleep(wait)
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)


def _answer(server: socket.socket, client: socket.socket, toxic: Toxic, wait: float) -> None:
    with suppress(OSError):
        if toxic is Toxic.RESET_AFTER:
            server.recv(PIECE)  # the request was dealt with: what it changed is committed
            _reset(client)
        elif toxic is Toxic.DRIP:
            for byte in server.recv(DRIPS):
                client.sendall(bytes((byte,)))
                time.sleep(DRIP_SECONDS)
        _pass(server, client, wait)


def _reset(connection: socket.socket) -> None:
    """Close with a reset instead of an orderly end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
