#!/usr/bin/python3
"""crowd.py SESSIONS COMMAND...: that many SFTP sessions at once, each of which
tries until it is served. Every fourth is killed while it is served. Prints
"served N, killed N, refused N, peak N": peak is the most that were served at
the same time. With --peak=N behind SESSIONS no session ends before N are
served together: a control for what is not limited."""
import random
import struct
import subprocess
import sys
import threading
import time

sessions = int(sys.argv[1])
wanted = 0
command = sys.argv[2:]
if command[0].startswith("--peak="):
    wanted = int(command.pop(0)[7:])
# INIT, and REALPATH of ".": who is refused hears VERSION, then why.
asked = struct.pack(">IBI", 5, 1, 3) + struct.pack(">IBII", 10, 16, 1, 1) + b"."
VERSION, STATUS, NAME = 2, 101, 104

lock = threading.Lock()
together = threading.Barrier(wanted) if wanted else None
now = peak = served = killed = refused = 0


def come():
    global now, peak
    with lock:
        now += 1
        peak = max(peak, now)


def leave():
    global now
    with lock:
        now -= 1


def packet(gate):
    """The next packet's type and body; what there is of it at the end."""
    head = gate.stdout.read(4)
    return gate.stdout.read(struct.unpack(">I", head)[0]) if len(
        head) == 4 else b""


def visit(number):
    """One try; True where it was served."""
    global served, killed, refused
    gate = subprocess.Popen(command, stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        gate.stdin.write(asked)
        gate.stdin.flush()
    except BrokenPipeError:
        pass
    said = packet(gate), packet(gate)
    if (said[0][:1], said[1][:1]) != (bytes([VERSION]), bytes([NAME])):
        gate.stdin.close()
        if (gate.wait() != 1 or said[1][:1] != bytes([STATUS])
                or b"the account is in use" not in said[1]):
            print("unexpected:", gate.returncode, said)
            sys.exit(1)
        with lock:
            refused += 1
        return False
    come()
    if together:
        together.wait(60)
    time.sleep(random.uniform(0.005, 0.03))
    leave()
    if number % 4 == 0:
        gate.kill()
    gate.stdin.close()
    gate.stdout.read()
    gate.stderr.read()
    gate.wait()
    with lock:
        served += 1
        killed += number % 4 == 0
    return True


def come_until_served(number):
    while not visit(number):
        time.sleep(random.uniform(0.05, 0.4))


threads = [threading.Thread(target=come_until_served, args=(n,))
           for n in range(sessions)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(f"served {served}, killed {killed}, refused {refused}, peak {peak}")
