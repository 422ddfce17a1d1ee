#!/bin/bash
# A backup of "/" as root, through a read-only gate, is what rsync would have
# made without it: with -aHAX -x, and /tmp included.
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" = 0 ] || skip_all "needs root"
[ "$E2E_NAMESPACE" = yes ] || skip_all "needs a mount namespace"

# A small system, so that all of it can be compared.
W=$T/world

# with_libraries PROGRAM PLACE: a program and what it needs to start.
with_libraries() {
	local file
	cp "$1" "$W/$2"
	for file in $(ldd "$1" | grep -o '/[^ ]*'); do
		mkdir -p "$W${file%/*}"
		cp -n "$file" "$W$file"
	done
}

make_world() {
	mkdir -p "$W"/{bin,usr/bin,etc,proc,dev,mnt,root,var/lib,old}
	mkdir -m 1777 "$W/tmp"
	with_libraries /bin/sh bin
	with_libraries "$(command -v umount)" bin
	with_libraries "$(command -v rsync)" usr/bin
	with_libraries "$GATE" bin
	ldconfig -r "$W"
	printf 'root:x:0:0:%s:/root:/bin/sh\n' gecos >"$W/etc/passwd"
	echo daemon:x:1:1::/:/bin/false >>"$W/etc/passwd"
	printf 'root:x:0:\ndaemon:x:1:\n' >"$W/etc/group"
	echo 'root:secret' >"$W/etc/shadow"
	chmod 600 "$W/etc/shadow"
	mknod -m 666 "$W/dev/null" c 1 3
	mknod -m 600 "$W/dev/disk" b 7 200
	mkfifo "$W/var/fifo"
	echo 'in /tmp' >"$W/tmp/file"
	mkdir -m 700 "$W/tmp/private"
	echo deep >"$W/tmp/private/file"
	chown -R 1:1 "$W/tmp/private"
	ln -s ../../tmp/file "$W/var/lib/link"
	ln "$W/tmp/file" "$W/var/lib/hard"
	cp "$W/bin/sh" "$W/bin/capable"
	setcap cap_net_raw+ep "$W/bin/capable"
	chmod u+s "$W/bin/umount"
	setfattr -n user.note -v value "$W/var/lib"
	setfacl -m u:1:r "$W/etc/shadow"
	mkdir "$W/r"
	echo 'in /r' >"$W/r/file"
	find "$W" -depth -exec touch -h -d 2001-01-01 {} +
	mount --bind "$W" "$W"
	mount -t proc proc "$W/proc"
	mount -t tmpfs -o mode=750 tmpfs "$W/mnt"
	echo mounted >"$W/mnt/file"
	touch -d 2001-01-01 "$W/mnt/file" "$W/mnt"
}

# Both run inside that system as if it were the machine's own.
cat >"$T/bin/inside" <<'END'
#!/bin/bash
exec unshare --mount --propagation private bash -c '
	cd "$0" && pivot_root . old && cd / && exec /bin/sh -c "
		/bin/umount -l /old && exec \"\$@\"" sh "$@"' "$W" "$@"
END
cat >"$T/bin/bare" <<'END'
#!/bin/bash
shift
exec "$T/bin/inside" /bin/sh -c "$*"
END
cat >"$T/bin/gate" <<'END'
#!/bin/bash
shift
export SSH_ORIGINAL_COMMAND="$*" SSH_CONNECTION="127.0.0.1 1 127.0.0.1 22"
exec "$T/bin/inside" /bin/filesonly --read-only /
END
chmod 755 "$T"/bin/*
export T W

# manifest DIRECTORY: all that can be seen of a tree. /proc is alive.
manifest() {
	(
		cd "$1" || exit
		find . -mindepth 1 ! -type d -exec stat --printf \
		    '%n|%F|%a|%u|%g|%s|%y|%h|%t:%T|%N\0' {} +
		find . -mindepth 1 -type d ! -path ./proc \
		    -exec stat --printf '%n|%F|%a|%u|%g|%y\0' {} +
		find . -type f -exec sha256sum -z {} +
		getfattr -R -P -h -d -m - -e hex . 2>/dev/null |
		    awk -v RS= '{ gsub("\n", " "); printf "%s\0", $0 }'
	) | tr '\n\0' '\1\n' | sort
}

# backup CLAIM OPTION...: pulls "/" in both ways and compares.
backup() {
	local claim=$1 shell
	shift
	rm -rf "$T/out-bare" "$T/out-gate"
	for shell in bare gate; do
		timeout 60 rsync "$@" -e "$T/bin/$shell" host:/ \
		    "$T/out-$shell/" >"$T/rsync.out" 2>&1
		is "$claim: the pull through $shell is complete" $? 0
		[ ! -s "$T/rsync.out" ] || note "$(cat "$T/rsync.out")"
	done
	manifest "$T/out-bare" >"$T/bare.list"
	manifest "$T/out-gate" >"$T/gate.list"
	is "$claim: no difference" \
	    "$(diff "$T/bare.list" "$T/gate.list" | head -n 5)" ""
	is "$claim: /tmp is in it" "$(cat "$T/out-gate/tmp/private/file")" deep
	is "$claim: and so is what lies where the jail has its tree" \
	    "$(cat "$T/out-gate/r/file")" "in /r"
	is "$claim: and what only root may read" \
	    "$(cat "$T/out-gate/etc/shadow")" root:secret
}

make_world
backup "-aHAX -x" -aHAX -x --numeric-ids
is "-x: what is mounted is not" "$(ls -A "$T/out-gate/mnt")" ""
backup "-aHAX by names" -aHAX -x
backup "-aHAX and what is mounted" -aHAX --exclude=/proc/
is "without -x: what is mounted is" "$(cat "$T/out-gate/mnt/file")" mounted

# Nothing of it can be changed by a push.
no "a push to it is refused" \
    timeout 60 rsync -a -e "$T/bin/gate" "$T/bin/gate" host:/tmp/
is "and nothing arrived" "$(ls -A "$W/tmp")" "$(printf 'file\nprivate')"
client rsync
finish
