#!/bin/bash
# An account that is added on the machine while the tests run, by a new
# /etc/passwd that takes the old one's name, takes nothing from a running test.
# The machine is played by this script's own /etc, the running test by a script
# that begins as every other does.
. "$(dirname "$0")/lib.sh"
trap "" PIPE # where a running test has died early
[ "$E2E_NAMESPACE" = yes ] || skip_all "needs a mount namespace"

# useradd_elsewhere NAME UID: as useradd(8) does it: a new file gets the old
# one's name.
useradd_elsewhere() {
	cp /etc/passwd "$T/etc/passwd+"
	echo "$1:x:$2:$2::/nonexistent:/bin/false" >>"$T/etc/passwd+"
	mv -T "$T/etc/passwd+" "$T/etc/passwd"
}

# running SCRIPT: starts it with a namespace of its own, stdin on descriptor 7,
# and waits for its first line.
running() {
	# What the one before said is nobody's first line.
	rm -f "$T/go" "$T/said"
	mkfifo "$T/go"
	unshare --mount --propagation private "$@" <"$T/go" >"$T/said" 2>&1 &
	RUNNING=$!
	exec 7>"$T/go"
	within 60 grep -qs . "$T/said"
}

# goes_on: lets it go on, and waits for its end.
goes_on() {
	echo go >&7 2>/dev/null
	exec 7>&-
	wait "$RUNNING"
}

echo "control:x:64191:64191::/:/bin/sh" | cat /etc/passwd - >"$T/mounted"
running bash -c "mount --bind $T/mounted /etc/passwd && getent passwd control
    read -r go; getent passwd control && echo still there"
like "control: a file that is mounted over /etc/passwd is there" \
    "$(cat "$T/said")" "control:*"
useradd_elsewhere first 64189
goes_on
no "control: ... and gone after a useradd elsewhere" \
    grep -q "still there" "$T/said"

cat >"$T/test.sh" <<-END
	#!/bin/bash
	. "$SOURCE/tests/e2e/lib.sh"
	[ "\$E2E_NAMESPACE" = yes ] || skip_all "no namespace in a namespace"
	root=\$(make_root plain)
	start_sshd
	serve plain "" "\$root"
	ok "the account is served" sftp_to plain <<<pwd
	read -r go
	no "no account of elsewhere comes in" getent passwd newcomer
	ok "the account is there" getent passwd plain
	ok "... and is served as before" sftp_to plain <<<pwd
	add_account late 64192 /bin/sh
	ok "another can be added" getent passwd late
	finish
END
chmod 755 "$T/test.sh"
running env -u E2E_NAMESPACE BUILD="$BUILD" "$T/test.sh"
useradd_elsewhere newcomer 64190
goes_on
is "a test that runs meanwhile succeeds" $? 0
is "... in each of its claims" "$(grep -v '^#' "$T/said")" \
    "ok 1 - the account is served
ok 2 - no account of elsewhere comes in
ok 3 - the account is there
ok 4 - ... and is served as before
ok 5 - another can be added
1..5"
ok "the machine has the account" getent passwd newcomer
no "... and none of the test's" getent passwd late
finish
