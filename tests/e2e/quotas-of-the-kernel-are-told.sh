#!/bin/bash
# A file system with quotas: df and SFTP tell what the account may have, and an
# upload that has no room is refused when it is opened, in words. What the
# kernel's answers mean is tested everywhere (tests/unit/test_quota.c,
# sftp-tells-what-fails); here a real one gives them.
. "$(dirname "$0")/lib.sh"
[ "$E2E_NAMESPACE" = yes ] || skip_all "needs a mount namespace"
start_sshd

# quota_to UID KIB: the hard limit of a user on $disk, by quotactl_fd.
quota_to() {
	/usr/bin/python3 - "$disk" "$1" "$2" <<-'END'
	import ctypes
	import os
	import struct
	import sys

	path, uid, limit = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
	# struct if_dqblk: limits on blocks and inodes; QIF_BLIMITS
	quota = struct.pack("=8QI4x", limit, 0, 0, 0, 0, 0, 0, 0, 1)
	libc = ctypes.CDLL(None, use_errno=True)
	fd = os.open(path, os.O_RDONLY)
	if libc.syscall(443, fd, 0x80000800, uid,
	                ctypes.create_string_buffer(quota)) != 0:
	    sys.exit(os.strerror(ctypes.get_errno()))
	END
}

disk=$T/roots/disk
mkdir -p "$disk"
command -v mkfs.ext4 >/dev/null || skip_all "no file system with quotas here"
truncate -s 64M "$T/image"
if ! mkfs.ext4 -q -F -O quota "$T/image" >"$T/out" 2>&1 ||
    ! mount -o loop,usrquota "$T/image" "$disk" 2>"$T/out" ||
    ! quota_to "$PLAIN_UID" 4096 2>"$T/out"; then
	skip_all "no file system with quotas here"
fi

root=$disk/root
mkdir "$root"
own plain "$root"
serve plain "" "$root"
like "df tells the quota, not the disk" \
    "$(ssh_to plain "df -k" | tail -n 1)" "filesonly * 4096 *"
ok "control: an upload within it is put" \
    sftp_to plain <<<"put $T/ssh_config first"
head -c 8000000 /dev/zero >"$T/big"
batch plain "-put $T/big big" "ls -1"
is "the session lives over its quota" $? 0
like "... and the upload has failed" "$(cat "$T/out")" "*ailure*"
# Kernels whose folios are large leave some room at the end.
quota_to "$PLAIN_UID" 16
# sftp keeps the server's words to itself; sftp_faults.py reads them.
batch plain "-put $T/ssh_config more" "get first $T/got"
like "an upload over the quota is refused when it is opened" \
    "$(cat "$T/out")" "*open*more*ailure*"
no "... and nothing is made" test -e "$root/more"
ok "... what was there is read" cmp "$T/ssh_config" "$T/got"
is "df says that all is used" \
    "$(ssh_to plain df | awk 'NR == 2 { print $5 }')" "100%"
quota_to "$PLAIN_UID" 0
ok "without a quota it goes on" sftp_to plain <<<"put $T/ssh_config more"
client sftp
finish
