#!/usr/bin/python3
"""Helper of sftp-tells-why-it-is-refused.sh: PORT ACCOUNT KEY.

Prints what paramiko tells a program that asks for a listing.
"""
import sys

import paramiko

port, account, key = sys.argv[1:4]
client = paramiko.SSHClient()
client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
client.connect("127.0.0.1", int(port), account, key_filename=key,
               allow_agent=False, look_for_keys=False)
try:
    client.open_sftp().listdir(".")
    print("served")
except OSError as error:
    print(error)
finally:
    client.close()
