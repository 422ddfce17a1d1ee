#!/bin/bash
# An upload of 100 MiB over a file is cut at a random byte, 200 times, by the
# client or by killing the server: with atomic uploads the old file is always
# there, whole, and nothing else is left. Without /proc (named temporaries that
# nobody can tell from another machine's) no client sees the rest, which goes
# after a day (test_upload_sweep).
# timeout: 200
. "$(dirname "$0")/lib.sh"
start_sshd

# What a root holds.
names() {
	find "$1" -mindepth 1 -printf '%P\n' | sort | tr '\n' ' '
}

cp "$BUILD/tests/e2e/cut-uploads" "$T/bin/" || exit 1
head -c 100M /dev/zero | tr '\0' n >"$T/new"
for account in $ACCOUNTS; do
	root=$(make_root "$account")
	serve "$account" --atomic-uploads "$root"
	echo "the old file" >"$root/f"
	own "$account" "$root"
	ok "$account: 100 uploads of 100 MiB are cut, the old file stays" \
	    as "$account" "$T/bin/cut-uploads" "$GATE" "$root" 100 100
	is "$account: ... nothing is left beside it" "$(names "$root")" "f "
	ok "$account: one that is not cut replaces it" \
	    sftp_to "$account" <<<"put $T/new f"
	ok "$account: ... whole" cmp "$T/new" "$root/f"
	is "$account: ... nothing is left beside it" "$(names "$root")" "f "

	if [ "$E2E_NAMESPACE" != yes ]; then
		skip "$account: without /proc" "needs a mount namespace"
		continue
	fi
	echo "the old file" >"$root/f"
	# shellcheck disable=SC2016 # expanded by the inner shell
	ok "$account: the same where there is no /proc" unshare --mount bash -c '
		umount -l /proc &&
		    { [ "$1" = root ] || set -- "$@" setpriv --reuid="$1" \
			--regid="$1" --clear-groups; } &&
		    "${@:4}" "$2/bin/cut-uploads" "$2/bin/filesonly" "$3" 1 20
		' - "$account" "$T" "$root"
	is "$account: ... the old file is there" "$(cat "$root/f")" \
	    "the old file"
	like "$account: control: uploads were cut" "$(names "$root")" \
	    ".filesonly.u00000000*"
	ok "$account: ... and the next session" \
	    sftp_to "$account" <<<"ls -1a"
	is "$account: ... lists nothing else" \
	    "$(grep -v '^sftp>' "$T/ok.out" | tr '\n' ' ')" ". .. f "
	rm -rf "$root"
done
client sftp
finish
