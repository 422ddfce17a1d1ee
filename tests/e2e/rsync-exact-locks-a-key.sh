#!/bin/bash
# A key with --exact serves this very command and no other, with blanks and a
# single quote in the path, by -s, and with the root "/"; the log of a refused
# one gives the line to paste.
. "$(dirname "$0")/lib.sh"
start_sshd

for a in $ACCOUNTS; do
	root=$(make_root "$a")
	log=$(make_log "$a")
	mkdir -p "$root/two words" "$root/it's here" "$root/other"
	echo two >"$root/two words/file"
	echo quote >"$root/it's here/file"
	echo other >"$root/other/file"
	own "$a" "$root"

	# exactly COMMAND [ROOT]: as it stands within command="..." there.
	exactly() {
		serve "$a" "--audit=$log --exact=\\\"$1\\\"" "${2:-$root}"
	}
	# pull CLAIM WANTED RSYNC-ARGUMENTS...: what arrives, or "refused".
	pull() {
		local claim=$1 wanted=$2 got=refused
		shift 2
		rm -rf "$T/got"
		rsync_to "$@" "$T/got/" >"$T/out" 2>"$T/err"
		[ -f "$T/got/file" ] && got=$(cat "$T/got/file")
		is "$a: $claim" "$got" "$wanted"
	}
	exactly "rsync --server --sender -logDtpre.iLs . 'two words/'"
	pull "the command that is listed" two -a "$a:two words/"
	pull "the same by old arguments" two -a --old-args \
	    "$a:'two words/'"
	pull "another path" refused -a "$a:other/"
	like "$a: the reason is told" "$(cat "$T/err")" \
	    "*this key is for one transfer only*"
	pull "another option" refused -rltp "$a:two words/"
	pull "a further path" refused -a "$a:two words/" :other/
	no "$a: a push" rsync_to -a "$T/ok.out" "$a:two words/"
	no "$a: sftp" sftp_to "$a" <<<"ls"

	exactly "rsync --server --sender -logDtpre.iLs . it\\'s\\ here/"
	pull "a single quote in the path" quote -a "$a:it's here/"
	pull "not in the path" refused -a "$a:two words/"

	# Refused, looked up, pasted.
	exactly "rsync none"
	: >"$log"
	pull "before it is listed" refused -as "$a:two words/"
	line=$(sed -n 's/.* exact="\([^"]*\)".*/\1/p' "$log")
	exactly "$line"
	pull "after the log's line was pasted, by -s" two -as "$a:two words/"
	pull "by -s, another path" refused -as "$a:other/"

	# filesonlyd serves no root that shows its host key.
	[ "${E2E_SERVER:-}" != filesonlyd ] || continue
	serve "$a" "--home-in-root --read-only --exact=\\\"rsync --server \
--sender -logDtpre.iLs . $root/other/\\\"" /
	pull "in the root /" other -a "$a:$root/other/"
	printf 'file\n' >"$T/list"
	pull "no list is served that the line does not have" refused \
	    -a --files-from="$T/list" "$a:$root/other/"
	serve "$a" "--home-in-root --read-only --exact=\\\"rsync --server \
--sender -logDtpRe.Ls --files-from=- --from0 . $root/other/\\\"" /
	pull "a list that the line has" other -a --files-from="$T/list" \
	    "$a:$root/other/"
done
client rsync
finish
