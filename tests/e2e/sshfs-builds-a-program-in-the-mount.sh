#!/bin/bash
# A file system over SFTP bears real work: a program is compiled, linked, run
# and rebuilt in it; df shows the root's file system; links and renames work.
# timeout: 200
. "$(dirname "$0")/lib.sh"
{ [ -c /dev/fuse ] && command -v sshfs; } >/dev/null ||
    skip_all "no FUSE on this machine"
start_sshd

MOUNTED=
cleanup_more() {
	[ -z "$MOUNTED" ] || fusermount3 -u -z "$MOUNTED" 2>/dev/null ||
	    umount -l "$MOUNTED"
}

write_program() {
	cat >"$1/answer.h" <<-END
		int answer(void);
	END
	cat >"$1/answer.c" <<-END
		#include "answer.h"
		int answer(void) { return 42; }
	END
	cat >"$1/main.c" <<-END
		#include <stdio.h>
		#include "answer.h"
		int main(void) { return printf("%d\n", answer()) < 0; }
	END
	cat >"$1/Makefile" <<-END
		.RECIPEPREFIX = >
		program: main.o answer.o
		> cc -o \$@ main.o answer.o
		%.o: %.c answer.h
		> cc -c -o \$@ \$<
	END
}

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	mount=$T/mount-$account
	mkdir "$mount"
	serve "$account" "" "$root"
	# The kernel's page of attributes is asked anew: what we compare is
	# what the server says.
	ok "$account: sshfs mounts the root" timeout 60 sshfs -F "$T/ssh_config" \
	    -o attr_timeout=0,entry_timeout=0,dcache_timeout=1 \
	    "$account:/" "$mount"
	MOUNTED=$mount

	ok "$account: a directory is made" mkdir "$mount/src"
	ok "$account: sources are written" write_program "$mount/src"
	ok "$account: make builds there" make -s -C "$mount/src"
	is "$account: the program runs from the mount" \
	    "$("$mount/src/program")" 42
	ok "$account: the objects lie in the root" test -s "$root/src/main.o"
	# The protocol's times are whole seconds: make and the kernel's cache
	# see no change within one.
	sleep 1.1
	sed -i 's/42/43/' "$mount/src/answer.c"
	ok "$account: an edited source is built again" make -s -C "$mount/src"
	is "$account: ... and is the new one" "$("$mount/src/program")" 43

	is "$account: df shows the root's file system" \
	    "$(df -k --output=size "$mount" | tail -n 1)" \
	    "$(df -k --output=size "$root" | tail -n 1)"
	ok "$account: a symlink is made" ln -s src/main.c "$mount/link"
	is "$account: ... and read" "$(readlink "$mount/link")" src/main.c
	ok "$account: a hard link is made" \
	    ln "$mount/src/main.c" "$mount/hard"
	is "$account: ... to the same file" "$(stat -c %h "$root/hard")" 2
	ok "$account: a file replaces another" \
	    mv -f "$mount/src/main.o" "$mount/src/answer.o"
	no "$account: ... and its old name is gone" test -e "$root/src/main.o"
	dd if=/dev/urandom of="$T/big" bs=1M count=24 status=none
	ok "$account: 24 MiB go in" cp "$T/big" "$mount/big"
	ok "$account: ... and come out" cmp "$T/big" "$mount/big"
	ok "$account: a middle is written over" dd if=/dev/zero \
	    of="$mount/big" bs=4096 seek=100 count=3 conv=notrunc status=none
	dd if=/dev/zero of="$T/big" bs=4096 seek=100 count=3 conv=notrunc \
	    status=none
	ok "$account: ... the rest stays" cmp "$T/big" "$root/big"
	ok "$account: it is cut" truncate -s 1000 "$mount/big"
	is "$account: ... to its size" "$(stat -c %s "$root/big")" 1000
	ok "$account: mode and times are set" \
	    cp -p "$mount/src/Makefile" "$mount/copied"
	ok "$account: all of it is removed" rm -r "$mount/src" "$mount/link" \
	    "$mount/hard" "$mount/big" "$mount/copied"
	is "$account: nothing is left" "$(ls -A "$root")" ""
	ok "$account: it is unmounted" fusermount3 -u "$mount"
	MOUNTED=
done

for account in $ACCOUNTS; do
	root=$T/roots/$account/root
	echo kept >"$root/kept"
	own "$account" "$root"
	mount=$T/mount-$account
	serve "$account" --read-only "$root"
	ok "$account: a read-only root is mounted" timeout 60 sshfs \
	    -F "$T/ssh_config" "$account:/" "$mount"
	MOUNTED=$mount
	is "$account: control: its file is read" "$(cat "$mount/kept")" kept
	no "$account: nothing is written there" \
	    sh -c "echo other >'$mount/kept'"
	no "$account: nothing is removed there" rm -f "$mount/kept"
	is "$account: the file is as before" "$(cat "$root/kept")" kept
	ok "$account: it is unmounted, too" fusermount3 -u "$mount"
	MOUNTED=
done
client sshfs
finish
