#!/usr/bin/python3
"""Asks filesonlyctl explain about the system's configuration.

import_verdicts.py CTL COLUMNS ACCOUNT [OPTION]...: prints the services that are
served, with commas, "-" for none, and behind them so many more columns of
umask, root, start-dir, mode and delete, or "shut" where nothing is served.  Ends with 1 where a command
that is no service's is served, or one of a service's commands differs from the
others.
"""
import json
import subprocess
import sys

SERVICES = [
    ("sftp", ["/usr/lib/openssh/sftp-server", "internal-sftp"]),
    ("rsync", ["rsync --server --sender -logDtpre.iLsfxCIvu . x",
               "rsync --server -logDtpre.iLsfxC . x"]),
    ("scp", ["scp -t x", "scp -r -p -f -- x"]),
    ("cvs", ["cvs server"]),
    ("rdist", ["rdistd -S"]),
    ("svnserve", ["svnserve -t"]),
]
NEVER = ["", "id", "rsync -e sh . x", "scp -S /bin/sh x y", "sha256sum x", "ls"]


def explain(ctl, account, command):
    done = subprocess.run(
        [ctl, "explain", "--json", "--user=" + account[0], *account[1:],
         command],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    return json.loads(done.stdout)


def main():
    ctl, columns, *account = sys.argv[1:]
    served = []
    policy = None
    wrong = 0
    for service, commands in SERVICES:
        said = [explain(ctl, account, c) for c in commands]
        verdicts = {answer["status"] == 0 for answer in said}
        if len(verdicts) != 1:
            print("differs:", service, [a["reasons"] for a in said])
            wrong = 1
        if True in verdicts:
            served.append(service)
            policy = said[0]["policy"]
    for command in NEVER:
        if explain(ctl, account, command)["status"] == 0:
            print("served:", command)
            wrong = 1
    if policy is None:
        print("-|shut")
    else:
        keys = ["umask", "root", "start-dir", "mode", "delete"]
        print(",".join(served),
              *[policy[key] for key in keys[:int(columns) + 1]], sep="|")
    return wrong


sys.exit(main())
