#!/bin/bash
# With --lock a second writing rsync is refused while the first one runs;
# reading goes on, and without --lock so does writing. What --munge-links adds
# holds, whatever the client says.
. "$(dirname "$0")/lib.sh"
start_sshd

echo one >"$T/one"
for a in $ACCOUNTS; do
	root=$(make_root "$a")
	serve "$a" --lock "$root"
	ok "$a: control: a push" rsync_to "$T/one" "$a:one"
	hold_rsync "$a" 'rsync --server -re.iLs . .'
	within 10 test -s "$T/greeting"
	rsync_to -I "$T/one" "$a:one" >"$T/out" 2>"$T/err"
	like "$a: a second writer is refused" "$(cat "$T/err")" \
	    "*filesonly: the account is in use*another rsync writes*"
	ok "$a: a reader is not" rsync_to "$a:one" "$T/got"
	no "$a: but one that removes what it reads is" rsync_to \
	    --remove-source-files "$a:one" "$T/got"
	serve "$a" "" "$root"
	ok "$a: without --lock there is no lock" rsync_to -I "$T/one" "$a:one"
	exec 8>&-
	wait "$HOLDER"
	serve "$a" --lock "$root"
	ok "$a: the lock ends with its holder" rsync_to -I "$T/one" "$a:one"

	serve "$a" --munge-links "$root"
	mkdir "$T/links"
	ln -s /etc/passwd "$T/links/link"
	ok "$a: munge-links: a push" rsync_to -a "$T/links/" "$a:links/"
	is "$a: munge-links: the link leads nowhere" \
	    "$(readlink "$root/links/link")" /rsyncd-munged//etc/passwd
	no "$a: munge-links: the client can't undo it" rsync_to -a \
	    -M--no-munge-links "$T/links/" "$a:links/"
	ok "$a: munge-links: a pull" rsync_to -a "$a:links/" "$T/back/"
	is "$a: munge-links: gives back what it was" \
	    "$(readlink "$T/back/link")" /etc/passwd
	rm -rf "$T/links" "$T/back"
done
client rsync
finish
