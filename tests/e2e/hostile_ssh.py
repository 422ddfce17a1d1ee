"""A client that breaks the rules of SSH, one way at a time.

    hostile_ssh.py HOST PORT KEY CASE...

Each case prints "ok CLAIM" or "not ok CLAIM"; what the server does is judged
by the script that runs this. KEY is a private key that the server lists.
"""

import os
import socket
import struct
import sys
import threading
import time

import paramiko
from paramiko import common
from paramiko.message import Message

HOST, PORT, KEY = sys.argv[1], int(sys.argv[2]), sys.argv[3]
LIMIT = 20  # seconds that any answer may take


def report(good, claim):
    print(("ok " if good else "not ok ") + claim, flush=True)


def connect():
    sock = socket.create_connection((HOST, PORT), LIMIT)
    sock.settimeout(LIMIT)
    return sock


def is_closed(sock, seconds=LIMIT):
    """Reads until the server closes; False where it does not in time."""
    sock.settimeout(seconds)
    try:
        while sock.recv(65536):
            pass
        return True
    except socket.timeout:
        return False
    except OSError:
        return True


def transport(**options):
    paramiko.util.logging.getLogger("paramiko").setLevel(60)
    made = paramiko.Transport(connect(), **options)
    made.banner_timeout = made.handshake_timeout = LIMIT
    made.start_client(timeout=LIMIT)
    return made


def key():
    return paramiko.Ed25519Key(filename=KEY)


def logged_in():
    made = transport()
    made.auth_publickey("anybody", key())
    return made


def sftp_channel(made, window=None, packet=None):
    channel = made.open_session(window_size=window, max_packet_size=packet,
                                timeout=3)
    channel.settimeout(LIMIT)
    channel.invoke_subsystem("sftp")
    return channel


def greets(channel):
    """The SFTP server answers INIT with VERSION."""
    channel.sendall(struct.pack(">IBI", 5, 1, 3))
    head = b""
    while len(head) < 5:
        got = channel.recv(5 - len(head))
        if not got:
            return False
        head += got
    return head[4] == 2


# --- before SSH begins ------------------------------------------------------


def silence():
    report(is_closed(connect()), "a silent client is sent away")


def drip():
    sock = connect()
    closed = False
    for byte in b"SSH-2.0-drip" + b"x" * 200:
        try:
            sock.sendall(bytes([byte]))
        except OSError:
            closed = True
            break
        time.sleep(0.1)
    report(closed or is_closed(sock), "a dripping client is sent away")


def garbage_banner():
    for text in (b"GET / HTTP/1.0\r\n\r\n", b"\0" * 5000, b"SSH-1.5-x\r\n",
                 os.urandom(4096), b"SSH-2.0-" + b"x" * 100000):
        sock = connect()
        try:
            sock.sendall(text)
        except OSError:
            pass
        if not is_closed(sock):
            report(False, "garbage in place of a banner is sent away")
            return
    report(True, "garbage in place of a banner is sent away")


def cut_at_every_byte():
    """A handshake that ends after each of so many bytes of the client."""
    recorded = []

    class Tap:
        def __init__(self, sock):
            self.sock = sock

        def send(self, data):
            recorded.append(bytes(data))
            return self.sock.send(data)

        def __getattr__(self, name):
            return getattr(self.sock, name)

    paramiko.util.logging.getLogger("paramiko").setLevel(60)
    made = paramiko.Transport(Tap(connect()))
    made.start_client(timeout=LIMIT)
    made.auth_publickey("anybody", key())
    made.close()
    stream = b"".join(recorded)
    for cut in range(0, len(stream), 37):
        sock = connect()
        try:
            sock.sendall(stream[:cut])
        except OSError:
            pass
        sock.close()
    report(True, "a client that leaves at any byte")


def greets_only():
    transport().close()
    report(True, "control: a client that says no more than its greeting")


# --- login ------------------------------------------------------------------


class BadSignature(paramiko.Ed25519Key):
    def sign_ssh_data(self, data, algorithm=None):
        message = Message()
        message.add_string("ssh-ed25519")
        message.add_string(os.urandom(64))
        return message


def wrong_signature():
    made = transport()
    made.auth_timeout = 5
    try:
        made.auth_publickey("anybody", BadSignature(filename=KEY))
        report(False, "a wrong signature does not log in")
    except paramiko.SSHException:
        report(not made.is_authenticated(),
               "a wrong signature does not log in")
    made.close()


def fifty_keys():
    made = transport()
    tried = 0
    for _ in range(50):
        try:
            made.auth_publickey("anybody", paramiko.ECDSAKey.generate())
        except paramiko.AuthenticationException:
            pass
        except (paramiko.SSHException, OSError, EOFError):
            break
        if not made.is_active():
            break
        tried += 1
    report(tried < 40, "fifty keys are too many: cut off after %d" % tried)
    made.close()


def gssapi():
    made = transport()
    message = Message()
    message.add_byte(common.cMSG_SERVICE_REQUEST)
    message.add_string("ssh-userauth")
    made._send_message(message)
    message = Message()
    message.add_byte(common.cMSG_USERAUTH_REQUEST)
    message.add_string("anybody")
    message.add_string("ssh-connection")
    message.add_string("gssapi-with-mic")
    message.add_int(1)
    message.add_string(b"\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02")
    try:
        for _ in range(20):
            made._send_message(message)
    except (paramiko.SSHException, OSError, EOFError):
        pass  # the server may have heard enough
    time.sleep(1)
    report(not made.is_authenticated(), "gssapi before login does not log in")
    made.close()


def certificate():
    signed = paramiko.Ed25519Key(filename=KEY)
    signed.load_certificate(KEY + "-cert.pub")
    made = transport()
    try:
        made.auth_publickey("anybody", signed)
        report(False, "a certificate over a listed key does not log in")
    except paramiko.SSHException:
        report(True, "a certificate over a listed key does not log in")
    made.close()


def sha1_rsa():
    rsa = paramiko.RSAKey(filename=KEY + "-rsa")
    made = transport()
    made.auth_publickey("anybody", rsa)
    report(made.is_authenticated(), "control: RSA with SHA-2 logs in")
    made.close()
    made = transport(disabled_algorithms={
        "pubkeys": ["rsa-sha2-512", "rsa-sha2-256"]})
    try:
        made.auth_publickey("anybody", rsa)
        report(False, "RSA with SHA-1 does not")
    except paramiko.SSHException:
        report(True, "RSA with SHA-1 does not")
    made.close()


def channel_before_login():
    made = transport()
    opened = Message()
    opened.add_byte(common.cMSG_CHANNEL_OPEN)
    opened.add_string("session")
    opened.add_int(0)
    opened.add_int(1 << 20)
    opened.add_int(1 << 15)
    asked = Message()
    asked.add_byte(common.cMSG_CHANNEL_REQUEST)
    asked.add_int(0)
    asked.add_string("exec")
    asked.add_boolean(True)
    asked.add_string("md5sum")
    try:
        made._send_message(opened)
        made._send_message(asked)
    except (paramiko.SSHException, OSError, EOFError):
        pass  # the server may be gone after the first
    time.sleep(1)
    report(not made.is_authenticated(),
           "a channel before login is not served")
    made.close()


# --- channels ---------------------------------------------------------------


def window_overrun():
    """More than was granted, to a program that does not take its input: the
    answers to what it was asked have nowhere to go."""
    made = logged_in()
    channel = sftp_channel(made, 32768, 32768)
    if not greets(channel):
        report(False, "control: the channel works")
        return
    asked = struct.pack(">IBII", 10, 16, 7, 1) + b"."
    packet = asked * (30000 // len(asked))
    sent = 0
    try:
        for _ in range(2000):  # 60 MB, whatever was granted
            message = Message()
            message.add_byte(common.cMSG_CHANNEL_DATA)
            message.add_int(channel.remote_chanid)
            message.add_string(packet)
            made._send_message(message)
            sent += len(packet)
            if not made.is_active():
                break
    except (OSError, EOFError, paramiko.SSHException):
        pass
    ended = time.monotonic() + LIMIT
    while made.is_active() and time.monotonic() < ended:
        time.sleep(0.05)
    report(not made.is_active(), "a window that is overrun ends the session")
    made.close()


def odd_windows():
    """Small windows: all bytes come; of packets that hold no header of
    libssh's, or the session ends."""
    whole = True
    for window in (1, 35, 32767, 32769):
        for packet in (1, 35, 64, 32768):
            made = logged_in()
            made._sanitize_window_size = lambda size: size
            made._sanitize_packet_size = lambda size: size
            got = b""
            try:
                channel = sftp_channel(made, window, packet)
                channel.sendall(struct.pack(">IBI", 5, 1, 3))
                channel.settimeout(2 if packet < 64 else LIMIT)
                while len(got) < 9:
                    some = channel.recv(100)
                    if not some:
                        break
                    got += some
            except (paramiko.SSHException, OSError, EOFError):
                pass
            if packet >= 64 and got[4:9] != b"\x02\0\0\0\x03":
                whole = False
            made.close()
    report(whole, "windows of 1, 35, 32767 and 32769 bytes: all bytes come")


def zero_packet():
    for packet in (0, 1, 8, 9, 16, 33, 64):
        made = logged_in()
        made._sanitize_packet_size = lambda size: size
        try:
            channel = sftp_channel(made, 1 << 20, packet)
            channel.sendall(struct.pack(">IBI", 5, 1, 3))
            channel.settimeout(1)
            channel.recv(9)
        except (paramiko.SSHException, OSError, EOFError):
            pass
        made.close()
    report(True, "packets of 0 to 64 bytes")


def many_requests():
    made = logged_in()
    channel = made.open_session()
    try:
        for number in range(10000):
            message = Message()
            message.add_byte(common.cMSG_CHANNEL_REQUEST)
            message.add_int(channel.remote_chanid)
            message.add_string("env")
            message.add_boolean(False)
            message.add_string("NAME%d" % number)
            message.add_string("value")
            made._send_message(message)
        channel.settimeout(LIMIT)
        channel.invoke_subsystem("sftp")
        report(greets(channel), "10,000 requests, and the channel works")
    except (paramiko.SSHException, OSError, EOFError) as error:
        report(False, "10,000 requests, and the channel works: %s" % error)
    made.close()


def many_channels():
    made = logged_in()
    opened = []  # kept: a channel that is dropped is closed
    for _ in range(30):
        try:
            opened.append(made.open_session(timeout=LIMIT))
        except paramiko.SSHException:
            pass
    report(len(opened) == 10, "ten channels at a time: %d" % len(opened))
    made.close()


def two_requests():
    made = logged_in()
    channel = sftp_channel(made)
    good = greets(channel)
    try:
        channel.exec_command("md5sum")
        report(False, "one request a channel")
    except (paramiko.SSHException, OSError, EOFError):
        report(good, "one request a channel")
    made.close()


# --- keys exchanged anew ----------------------------------------------------


def endless_rekeying():
    made = logged_in()
    channel = sftp_channel(made)
    good = greets(channel)
    for _ in range(50):
        made.renegotiate_keys()
    channel.sendall(struct.pack(">IBIIB", 10, 16, 7, 1, 0x2f))
    try:
        good = good and len(channel.recv(4)) > 0
    except (OSError, EOFError):
        good = False
    report(good, "keys exchanged anew fifty times, and the channel works")
    made.close()


def kexinit_and_garbage():
    for _ in range(5):
        made = logged_in()
        channel = sftp_channel(made)
        if not greets(channel):
            report(False, "control: the channel works")
            return
        message = Message()
        message.add_byte(common.cMSG_KEXINIT)
        message.add_bytes(os.urandom(16))
        for _ in range(10):
            message.add_string("none")
        message.add_boolean(False)
        message.add_int(0)
        # paramiko's thread closes its own descriptor when the server does.
        sock = made.sock.dup()
        try:
            made._send_message(message)
            made.packetizer.write_all(os.urandom(5000))
        except (OSError, EOFError):
            pass
        closed = is_closed(sock, 10)
        sock.close()
        made.close()
        if not closed:
            report(False, "KEXINIT and then garbage ends the connection")
            return
    report(True, "KEXINIT and then garbage ends the connection")


CASES = {name: case for name, case in globals().items()
         if callable(case) and getattr(case, "__module__", "") == "__main__"}

for wanted in sys.argv[4:]:
    try:
        CASES[wanted]()
    except Exception as error:  # the case itself: told, never hidden
        report(False, "%s: %s: %s" % (wanted, type(error).__name__, error))
threading._shutdown = lambda: None
