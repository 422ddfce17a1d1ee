#!/bin/bash
# With sync=close what a client was told is done outlives a loss of power, by
# SFTP, scp and rsync: an ext4 of our own is looked at as its disk was when the
# client ended, in a copy whose journal is played. Without it the same is lost.
. "$(dirname "$0")/lib.sh"
if [ "$E2E_NAMESPACE" != yes ]; then
	echo "1..0 # SKIP needs root to mount a file system of its own"
	exit 0
fi
mkdir "$T/disk" "$T/later"
truncate -s 48M "$T/image"
if ! mkfs.ext4 -q -m 0 "$T/image" >"$T/out" 2>&1 ||
    ! mount -o loop,commit=3000 "$T/image" "$T/disk" 2>>"$T/out"; then
	echo "1..0 # SKIP no file system can be mounted from a file"
	exit 0
fi
chmod 755 "$T/disk" "$T/later"
export SHARED=yes
start_sshd

head -c 300000 /dev/urandom >"$T/data"
chmod 644 "$T/data"
# cut: the power is cut now; what is on the disk lies in $T/later.
cut() {
	! mountpoint -q "$T/later" || umount "$T/later"
	cp "$T/image" "$T/image.later"
	mount -o loop "$T/image.later" "$T/later"
}
# kept NAME...: are the data on the disk, under each name?
kept() {
	local name
	cut || return 2
	for name; do
		cmp "$T/data" "$T/later/$account/$name" || return 1
	done
}

for account in $ACCOUNTS; do
	root=$T/disk/$account
	mkdir "$root"
	own "$account" "$root"
	sync -f "$root"

	serve "$account" "" "$root"
	ok "$account: control: a put" batch "$account" "put $T/data lost"
	ok "$account: control: ... is there" cmp "$T/data" "$root/lost"
	no "$account: control: ... and is lost when the power is" kept lost

	for options in "" --atomic-uploads; do
		serve "$account" "--sync=close $options" "$root"
		name=sftp$options
		ok "$account: $name: a put" batch "$account" "put $T/data $name"
		ok "$account: $name: ... outlives a loss of power" kept "$name"
		ok "$account: $name: a put into a new directory, then a new name" \
		    batch "$account" "mkdir d$options" \
		    "put $T/data d$options/part" \
		    "rename d$options/part d$options/whole" \
		    "ln d$options/whole d$options/linked"
		ok "$account: $name: ... outlives it" \
		    kept "d$options/whole" "d$options/linked"
		if scp -O -F "$T/ssh_config" "$T/data" "$account:scp$options" \
		    >"$T/out" 2>&1; then
			ok "$account: scp -O $options: outlives it" \
			    kept "scp$options"
		else
			fail "$account: scp -O $options"
		fi
	done
	mkdir -p "$T/tree/deep/er"
	cp "$T/data" "$T/tree/deep/er/file"
	ok "$account: rsync pushes a tree" rsync_to -a "$T/tree" "$account:"
	ok "$account: ... that outlives a loss of power" \
	    kept tree/deep/er/file
	serve "$account" "--sync=close --write-only" "$root"
	ok "$account: into a drop box" batch "$account" "mkdir box" \
	    "put $T/data box/in"
	ok "$account: ... outlives it" kept box/in
	umount "$T/later"
	rm -rf "$root"
done
client sftp
finish
