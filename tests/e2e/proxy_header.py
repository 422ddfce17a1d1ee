"""A balancer for one connection: ssh's ProxyCommand.

    proxy_header.py PORT PIECE...

Connects to PORT of the loopback address, sends the PIECEs one after the other
(Python's escapes in them, "" for none), then carries bytes both ways.
"""

import os
import select
import socket
import sys
import time

server = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for number, piece in enumerate(sys.argv[2:]):
    if number > 0:
        time.sleep(0.2)
    server.sendall(piece.encode().decode("unicode_escape").encode("latin-1"))
ways = {0: lambda: os.read(0, 65536), server: lambda: server.recv(65536)}
try:
    while True:
        for source in select.select(list(ways), [], [])[0]:
            data = ways[source]()
            if source is server:
                if not data:
                    sys.exit(0)
                os.write(1, data)
            elif data:
                server.sendall(data)
            else:
                del ways[0]
                server.shutdown(socket.SHUT_WR)
except OSError:
    pass
