"""Carries a tree both ways by two modules that speak scp's old protocol:
paramiko's scp (in one session of it) and asyncssh.

    scp_modules.py PORT ACCOUNT KEY TREE DIRECTORY
"""

import asyncio
import os
import sys

import asyncssh
import paramiko
import scp


def by_paramiko(port, account, key, tree, directory):
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect("127.0.0.1", port, account, key_filename=key,
                   allow_agent=False, look_for_keys=False)
    with scp.SCPClient(client.get_transport()) as carrier:
        carrier.put(tree, "by paramiko", recursive=True, preserve_times=True)
        carrier.get("by paramiko", os.path.join(directory, "paramiko"),
                    recursive=True, preserve_times=True)
        try:
            carrier.get("missing", directory)
        except scp.SCPException as error:
            assert "missing: No such file" in str(error), error
        else:
            raise AssertionError("a missing file came")
    client.close()


async def by_asyncssh(port, account, key, tree, directory):
    async with asyncssh.connect("127.0.0.1", port, username=account,
                                client_keys=[key], known_hosts=None,
                                config=None) as connection:
        await asyncssh.scp(tree, (connection, "asyncssh"), recurse=True,
                           preserve=True)
        await asyncssh.scp((connection, "asyncssh"),
                           os.path.join(directory, "asyncssh"),
                           recurse=True, preserve=True)
        try:
            await asyncssh.scp((connection, "missing"), directory)
        except asyncssh.SFTPError as error:
            assert "missing: No such file" in error.reason, error.reason
        else:
            raise AssertionError("a missing file came")


def main():
    port, account, key, tree, directory = sys.argv[1:]
    os.makedirs(directory)
    by_paramiko(int(port), account, key, tree, directory)
    asyncio.run(by_asyncssh(int(port), account, key, tree, directory))


main()
