#!/bin/bash
# doc/from-internal-sftp.md: its settings do what the page says, what it warns
# of happens, and what it lists is what a chroot needs.
# timeout: 300
. "$(dirname "$0")/lib.sh"
[ "$E2E_NAMESPACE" = yes ] || skip_all "needs a mount namespace"
private_etc
PAGE=$SOURCE/doc/from-internal-sftp.md
# start_sshd reads it.
# shellcheck disable=SC2034
ACCOUNTS=anna
add_account anna 64160 /bin/sh
# sshd wants nobody else to be able to write above a chroot.
mount -t tmpfs -o mode=755 none /mnt || exit 1
JAIL=/mnt/anna
mkdir -p $JAIL/files
chown anna $JAIL/files
echo content >"$T/file"

# block N: the page's Nth block, with our paths.
block() {
	awk -v n="$1" '/^    / { if (!inside) at++; inside = 1
		if (at == n) print substr($0, 5); next } { inside = 0 }' "$PAGE" |
	    sed "s,/usr/local/bin/filesonly,$GATE,; s,/srv/sftp/anna,$JAIL,"
}
# sshd_says SETTINGS: sshd with these lines at its end.
sshd_says() {
	private_sshd_stop
	rm -f "$T"/*_key "$T"/*_key.pub
	# shellcheck disable=SC2034
	SSHD_MATCH=$1
	start_sshd
	free_key anna
}
# lands CLAIM FILE: an upload arrives there, with mode 640.
lands() {
	rm -f "$2"
	ok "$1" sftp_to anna <<<"put $T/file up"
	ok "$1: whole" cmp "$T/file" "$2"
	is "$1: its mode" "$(stat -c %a "$2")" 640
}

sshd_says "$(block 1)"
lands "internal-sftp as on the page" $JAIL/files/up
sshd_says "$(block 2)"
lands "filesonly as on the page" $JAIL/files/up
ok "rsync is served, too" rsync_to -a "$T/file" anna:/files/by-rsync
ok "... whole" cmp "$T/file" $JAIL/files/by-rsync
no "a shell is not" ssh_to anna id

# --- the login shell --------------------------------------------------------

add_account anna 64160 /usr/sbin/nologin
no "nologin: nothing is served" sftp_to anna <<<pwd
like "nologin: the client says what the page says" "$(cat "$T/ok.out")" \
    "*$(block 3)*"
add_account anna 64160 /bin/false
no "false: nothing is served" sftp_to anna <<<pwd
like "false: ... and the connection closes" "$(cat "$T/ok.out")" \
    "*Connection closed*"
ok "as printed: $(block 4)" \
    env PATH="$PATH:/usr/sbin" bash -c "$(block 4)"
ok "... and it is served" sftp_to anna <<<pwd

# --- options ----------------------------------------------------------------

options=0
while IFS= read -r option; do
	options=$((options + 1))
	sshd_says "$(printf '%s\n' "Match User anna" \
	    "ForceCommand $GATE $option $JAIL")"
	ok "as printed: $option" sftp_to anna <<<pwd
	case $option in
	--read-only) no "... nothing is written" \
	    sftp_to anna <<<"put $T/file files/another" ;;
	--no-delete) no "... nothing is removed" \
	    sftp_to anna <<<"rm files/up" ;;
	esac
done < <(sed -n 's/^| `-.*| `\(--[a-z].*\)` |$/\1/p' "$PAGE")
is "options of the page" $options 4

# --- a chroot that is kept --------------------------------------------------

static_program
add_account anna 64160 "$GATE"
sshd_says "$(printf '%s\n' "Match User anna" "ChrootDirectory $JAIL")
	ForceCommand $GATE"
refused() {
	no "chroot: $1" sftp_to anna <<<"put $T/file files/chrooted"
}
refused "without the login shell"
mkdir -p "$JAIL$(dirname "$GATE")"
cp "$STATIC_PROGRAM" "$JAIL$GATE"
refused "without a configuration"
mkdir -p $JAIL/etc/filesonly $JAIL/proc
printf '[user anna]\nroot = /files\naudit = /log\n' \
    >$JAIL/etc/filesonly/filesonly.conf
: >$JAIL/log
chown anna $JAIL/log
refused "without the account in /etc/passwd"
grep ^anna: /etc/passwd >$JAIL/etc/passwd
refused "without /proc"
mount -t proc proc $JAIL/proc || exit 1
ok "chroot: with all that the page lists it is served" \
    sftp_to anna <<<"put $T/file chrooted"
ok "chroot: ... whole" cmp "$T/file" $JAIL/files/chrooted
like "chroot: ... and audit names a file" "$(tail -n 1 $JAIL/log)" \
    '*event=end*user="anna"*'
client sftp
client rsync
finish
