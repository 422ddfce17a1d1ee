"""A relay that flips one bit of what the client sends, once.

    flip_bit.py PORT BYTES

Listens on a free port of the loopback address, which it prints, takes one
connection on to PORT there, and flips a bit of the client's byte number BYTES.
"""

import select
import socket
import sys

PORT, AT = int(sys.argv[1]), int(sys.argv[2])

listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(1)
listener.settimeout(30)
print(listener.getsockname()[1], flush=True)
client, _ = listener.accept()
server = socket.create_connection(("127.0.0.1", PORT))
seen = 0
while True:
    ready, _, _ = select.select([client, server], [], [], 30)
    if not ready:
        break
    for one in ready:
        try:
            data = one.recv(65536)
        except OSError:
            data = b""
        if not data:
            sys.exit(0)
        if one is client:
            if seen <= AT < seen + len(data):
                data = bytearray(data)
                data[AT - seen] ^= 1
            seen += len(data)
        try:
            (server if one is client else client).sendall(data)
        except OSError:
            sys.exit(0)
