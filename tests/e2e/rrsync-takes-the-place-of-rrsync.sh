#!/bin/bash
# timeout: 200
# Called as rrsync: its options, its refusals in its words, its lock, and what
# its users miss.
. "$(dirname "$0")/lib.sh"
export SHARED=yes
start_sshd

# as_rrsync ACCOUNT OPTIONS: the key line of rrsync's manual.
as_rrsync() {
	key_line "$1" "$T/bin/rrsync $2 $root"
}

# says CLAIM TEXT RSYNC-ARGUMENTS...: refused with exactly this sentence.
says() {
	local claim=$1 text=$2
	shift 2
	rsync_to "$@" >"$T/out" 2>"$T/err"
	is "$a: $claim: fails" "$((! $?))" 0
	is "$a: $claim: in rrsync's words" \
	    "$(grep "error: " "$T/err" | head -n 1)" \
	    "$T/bin/rrsync error: $text"
}

mkdir "$T/up" "$T/up/sub"
echo one >"$T/up/one"
echo 'a b' >"$T/up/a 'b'"
echo two >"$T/up/sub/two"
find "$T/up" -exec touch -d '2021-02-03 04:05:06' {} +
for a in $ACCOUNTS; do
	root=$(make_root "$a")
	off="has been disabled on this server."

	as_rrsync "$a" ""
	ok "$a: push" rsync_to -a "$T/up/" "$a:t/"
	ok "$a: pull" rsync_to -a "$a:t/" "$T/back/"
	ok "$a: are the same" same_tree "$T/up" "$T/back" "%m %T@"
	rm -rf "$T/back"
	ok "$a: --delete" rsync_to -a --delete "$T/up/sub/" "$a:t/"
	no "$a: deletes" test -e "$root/t/one"
	ok "$a: true" ssh_to "$a" true
	no "$a: sftp is not served" ssh_to "$a" internal-sftp </dev/null
	ssh_to "$a" id >"$T/out" 2>"$T/err" </dev/null
	is "$a: id is refused" "$? $(cat "$T/err")" \
	    "1 $T/bin/rrsync error: SSH_ORIGINAL_COMMAND does not run rsync"
	is "$a: id: nothing on stdout" "$(cat "$T/out")" ""
	says "-L" "option -L $off" -aL "$a:t/" "$T/back/"
	says "-K" "option -K $off" -aK "$T/up/" "$a:t/"
	says "--copy-devices" "option --copy-devices $off" -a \
	    --copy-devices "$a:t/" "$T/back/"
	says "--log-file" "option --log-file $off" -a -M--log-file=x \
	    "$T/up/" "$a:t/"
	says "an unknown option" "invalid rsync-command syntax or options" \
	    -a -M--nonsense "$T/up/" "$a:t/"

	as_rrsync "$a" -ro
	ok "$a: -ro: pull" rsync_to -a "$a:t/" "$T/back/"
	rm -rf "$T/back"
	says "-ro: push" "sending to read-only server is not allowed" \
	    -a "$T/up/" "$a:t/"
	says "-ro: removing" "option --remove-source-files $off" \
	    -a --remove-source-files "$a:t/" "$T/back/"

	as_rrsync "$a" -wo
	ok "$a: -wo: push" rsync_to -a --delete "$T/up/" "$a:t/"
	says "-wo: pull" "reading from write-only server is not allowed" \
	    -a "$a:t/" "$T/back/"
	says "-wo: a list of the server" \
	    "a write-only server cannot read a remote --files-from path" \
	    -a --files-from=:list "$T/up/" "$a:t/"

	as_rrsync "$a" -no-del
	ok "$a: -no-del: push" rsync_to -a "$T/up/" "$a:t/"
	says "-no-del: --delete" "option --delete $off" \
	    -a --delete "$T/up/" "$a:t/"
	says "-no-del: --force" "option --force $off" \
	    -a --force "$T/up/" "$a:t/"
	says "-no-del: removing" "option --remove-source-files $off" \
	    -a --remove-source-files "$T/up/" "$a:t/"

	as_rrsync "$a" -no-overwrite
	echo changed >"$T/up/one"
	ok "$a: -no-overwrite: push" rsync_to -aI "$T/up/" "$a:t/"
	is "$a: -no-overwrite: what was there stays" \
	    "$(cat "$root/t/one")" one
	says "-no-overwrite: -b" "option -b $off" -ab "$T/up/" "$a:t/"
	says "-no-overwrite: --backup-dir" "option -b $off" \
	    -ab --backup-dir=x "$T/up/" "$a:t/"
	says "-no-overwrite: --partial-dir" "option --partial-dir $off" \
	    -a --partial-dir=x "$T/up/" "$a:t/"
	says "-no-overwrite: --delay-updates" "option --delay-updates $off" \
	    -a --delay-updates "$T/up/" "$a:t/"

	as_rrsync "$a" -munge
	ln -s one "$T/up/link"
	ok "$a: -munge: push" rsync_to -a "$T/up/" "$a:m/"
	is "$a: -munge: the link can't be used" \
	    "$(readlink "$root/m/link")" "/rsyncd-munged/one"
	ok "$a: -munge: pull" rsync_to -a "$a:m/" "$T/back/"
	is "$a: -munge: and comes back as it was" \
	    "$(readlink "$T/back/link")" one
	rm -rf "$T/back" "$T/up/link"

	no "$a: without -absolute the root's own path is a name like others" \
	    rsync_to -a "$a:$root/t/sub/" "$T/back/"
	as_rrsync "$a" -absolute
	ok "$a: -absolute: pull" rsync_to -a "$a:$root/t/sub/" "$T/back/"
	ok "$a: -absolute: is the same" cmp "$T/back/two" "$root/t/sub/two"
	ok "$a: -absolute: / is still the root" \
	    rsync_to -a "$a:/t/sub/" "$T/back/"
	rm -rf "$T/back"

	# The lock: a transfer that waits for its client holds it.
	as_rrsync "$a" ""
	hold_rsync "$a" 'rsync --server -re.iLs . t/'
	within 10 test -s "$T/greeting"
	rsync_to -a "$a:t/one" "$T/got" >"$T/out" 2>"$T/err"
	like "$a: the lock: a second one is refused" "$(cat "$T/err")" \
	    "*Another instance of rrsync is already accessing this directory.*"
	as_rrsync "$a" -no-lock
	ok "$a: -no-lock goes on" rsync_to -a "$a:t/one" "$T/got"
	as_rrsync "$a" -ro
	ok "$a: -ro goes on" rsync_to -a "$a:t/one" "$T/got"
	exec 8>&-
	wait "$HOLDER"
	rm -f "$T/got"
	as_rrsync "$a" ""
	ok "$a: the lock ends with its holder" rsync_to -a "$a:t/one" "$T/got"

	# What rrsync's users miss.
	ok "$a: blanks and quotes" rsync_to "$a:t/a 'b'" "$T/got"
	ok "$a: -s" rsync_to -as "$a:t/a 'b'" "$T/got"
	ok "$a: onto an existing file" rsync_to -I "$T/up/one" "$a:t/one"
	ok "$a: has the content" cmp "$T/up/one" "$root/t/one"
	ok "$a: / is the directory" rsync_to -a "$T/up/one" "$a:/"
	ok "$a: it is there" test -f "$root/one"
	ok "$a: --link-dest=/t" rsync_to -a --link-dest=/t "$T/up/" "$a:n/"
	is "$a: links" "$(stat -c %i "$root/n/sub/two")" \
	    "$(stat -c %i "$root/t/sub/two")"
	ok "$a: --link-dest=../t" rsync_to -a --link-dest=../t "$T/up/" \
	    "$a:o/"
	is "$a: links, too" "$(stat -c %i "$root/o/sub/two")" \
	    "$(stat -c %i "$root/t/sub/two")"
	echo one >"$T/up/one"
done
client rsync
finish
