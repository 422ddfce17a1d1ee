#!/usr/bin/python3
"""Helper of logins-can-be-shut.sh: PORT ACCOUNT KEY.

Prints "served" when it is, then lists until it isn't any more, and prints
what paramiko says then.
"""
import sys
import time

import paramiko

port, account, key = sys.argv[1:4]
client = paramiko.SSHClient()
client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
client.connect("127.0.0.1", int(port), account, key_filename=key,
               allow_agent=False, look_for_keys=False)
sftp = client.open_sftp()
try:
    sftp.listdir(".")
    print("served", flush=True)
    while True:
        time.sleep(0.05)
        sftp.listdir(".")
except (OSError, EOFError) as error:
    print(error, flush=True)
finally:
    client.close()
