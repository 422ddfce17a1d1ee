#!/bin/bash
# timeout: 300
# What a user may do with rsync inside the root works as with plain rsync:
# each family of options, compared by content, mode, times and links.
. "$(dirname "$0")/lib.sh"
start_sshd

# The source: names that hurt, kinds, modes, times, a sparse and a big file.
make_tree() {
	local name
	mkdir -p "$1/sub/deep" "$1/empty"
	for name in plain 'two words' "q'uo\"te" $'new\nline' 'st*r' -dash \
	    'br[1].txt' br1.txt '{x,y}' '~tilde' $'inv\xff' 'back\slash' \
	    'dollar$x' 'semi;colon' .hidden -- 'trail ' 'a:b' '#hash' ümlaut; do
		echo "content of $name" >"$1/$name"
		echo "below: $name" >"$1/sub/$name"
	done
	head -c 3000000 /dev/urandom >"$1/sub/deep/big"
	truncate -s 5M "$1/sparse"
	echo end >>"$1/sparse"
	ln "$1/plain" "$1/sub/hard"
	ln -s plain "$1/link"
	ln -s /etc/passwd "$1/absolute"
	ln -s nowhere "$1/dangling"
	chmod 600 "$1/plain"
	chmod 750 "$1/sub"
	# Whole seconds: older protocols carry no more, and rsync leaves links
	# and directories that differ by less as they are.
	find "$1" -exec touch -h -d '2021-02-03 04:05:06' {} +
	touch -d '2001-02-03 04:05:06' "$1/br1.txt" "$1/sub/deep"
}
make_tree "$T/src"
FORMAT='%m %T@ %n'

for a in $ACCOUNTS; do
	root=$(make_root "$a")
	serve "$a" "" "$root"

	# compare CLAIM ARGUMENTS...: a push of the source and a pull back.
	both_ways() {
		local claim=$1
		shift
		rm -rf "$root/t" "$T/back"
		ok "$a: $claim: push" rsync_to -aH "$@" "$T/src/" "$a:t/"
		ok "$a: $claim: pushed is the same" \
		    same_tree "$T/src" "$root/t" "$FORMAT"
		ok "$a: $claim: pull" rsync_to -aH "$@" "$a:t/" "$T/back/"
		ok "$a: $claim: pulled is the same" \
		    same_tree "$T/src" "$T/back" "$FORMAT"
	}
	both_ways "archive"
	is "$a: a second push moves nothing" \
	    "$(rsync_to -aHi "$T/src/" "$a:t/")" ""
	is "$a: a second pull moves nothing" \
	    "$(rsync_to -aHi "$a:t/" "$T/back/")" ""
	both_ways "everything" -AXS --numeric-ids
	both_ways "compressed" -zz
	both_ways "secluded" -s
	both_ways "old protocol" --protocol=29
	both_ways "in place" --inplace
	both_ways "whole files, checksums" -Wc
	both_ways "partial" -P --quiet
	both_ways "delayed" --delay-updates
	both_ways "fsync" --fsync --preallocate
	both_ways "no recursion ahead" --no-inc-recursive
	both_ways "own algorithms" --zc=lz4 --cc=md5
	both_ways "limits" --bwlimit=90000 --timeout=60 --max-alloc=256m

	# --- where things go ---
	rm -rf "$root/t" "$T/back"
	ok "$a: to an absolute path" rsync_to -a "$T/src/plain" "$a:/abs/"
	ok "$a: it is the root's" test -f "$root/abs/plain"
	ok "$a: --mkpath" rsync_to -a --mkpath "$T/src/plain" "$a:/new/deep/x"
	ok "$a: the file is there" cmp "$T/src/plain" "$root/new/deep/x"
	ok "$a: onto an existing file" rsync_to -aI "$T/src/br1.txt" \
	    "$a:new/deep/x"
	ok "$a: has its content" cmp "$T/src/br1.txt" "$root/new/deep/x"
	ok "$a: into the root itself" rsync_to -a "$T/src/plain" "$a:"
	ok "$a: into / itself" rsync_to -a "$T/src/br1.txt" "$a:/"
	ok "$a: both are there" test -f "$root/plain" -a -f "$root/br1.txt"
	ok "$a: into ~/" rsync_to -a "$T/src/plain" "$a:~/home/"
	ok "$a: which is the root" test -f "$root/home/plain"

	# --- several sources, wildcards, quotes ---
	ok "$a: fill" rsync_to -a "$T/src/" "$a:t/"
	pulled() {
		local claim=$1 wanted=$2
		shift 2
		rm -rf "$T/got"
		mkdir "$T/got"
		rsync_to "$@" "$T/got/" >"$T/ok.out" 2>&1
		# The quoting is what is compared.
		# shellcheck disable=SC2012
		is "$a: $claim" "$(cd "$T/got" && ls -AQ | tr '\n' ' ')" \
		    "$wanted"
	}
	pulled "several sources" '"br1.txt" "plain" "sub" ' \
	    -r "$a:t/plain" :t/br1.txt "$a:/t/sub"
	pulled "a wildcard" '"br1.txt" "br[1].txt" ' -r "$a:t/br*.txt"
	pulled "a wildcard by -s" '"br1.txt" "br[1].txt" ' -rs "$a:t/br*.txt"
	pulled "a set" '"br1.txt" ' -r "$a:t/br[0-9].txt"
	pulled "an escaped set" '"br[1].txt" ' -r "$a:t/br\\[1\\].txt"
	pulled "an escaped set by -s" '"br[1].txt" ' -rs \
	    "$a:t/br\\[1\\].txt"
	pulled "a blank" '"two words" ' -r "$a:t/two words"
	pulled "a blank by -s" '"two words" ' -rs "$a:t/two words"
	pulled "quotes and old arguments" '"two words" ' \
	    -r --old-args "$a:'t/two words'"
	pulled "braces and old arguments" '"br1.txt" "plain" ' \
	    -r --old-args "$a:t/{plain,br1.txt}"
	pulled "two names and old arguments" '"br1.txt" "plain" ' \
	    -r --old-args "$a:t/plain t/br1.txt"
	pulled "a leading dash" '"-dash" ' -r "$a:t/-dash"
	pulled "a tilde" '"~tilde" ' -r "$a:t/~tilde"
	pulled "a newline" '"new\nline" ' -r "$a:t/"$'new\nline'
	pulled "braces in a name" '"{x,y}" ' -r "$a:t/{x,y}"
	pulled "a wildcard's own name" '"st*r" ' -r "$a:t/st\\*r"
	pulled "what does not match is literal" '' -r "$a:t/none*"
	pulled "a name through .." '"plain" ' -r "$a:t/sub/../plain"
	pulled "one missing of two" '"plain" ' -r "$a:t/none" "$a:t/plain"
	pulled "a single file" '"plain" ' "$a:t/plain"
	like "$a: a listing" "$(rsync_to "$a:t/")" "*br1.txt*"

	# --- -R, /./, --files-from ---
	pulled "-R" '"t" ' -rR "$a:t/sub/plain"
	ok "$a: -R keeps the path" test -f "$T/got/t/sub/plain"
	pulled "-R of an absolute path" '"t" ' -rR "$a:/t/sub/plain"
	pulled "-R with /./" '"sub" ' -rR "$a:t/./sub/plain"
	printf '%s\n' plain sub/br1.txt >"$T/list"
	pulled "--files-from of the client" '"plain" "sub" ' \
	    -r --files-from="$T/list" "$a:t"
	cp "$T/list" "$root/list"
	pulled "--files-from of the server" '"plain" "sub" ' \
	    -r --files-from=:list "$a:t"
	pulled "the same from /" '"plain" "sub" ' \
	    -r --files-from=:/list "$a:/t"
	pulled "the same by -s" '"plain" "sub" ' \
	    -rs --files-from=:/list "$a:t"
	ok "$a: a push by a list of the server" rsync_to -a \
	    --files-from=":list" "$T/src" "$a:listed"
	ok "$a: took what it names" test -f "$root/listed/sub/br1.txt"
	no "$a: and only that" test -e "$root/listed/two words"
	ok "$a: push -R" rsync_to -aR "$T/src/./sub/deep" "$a:rel/"
	ok "$a: keeps its path" test -f "$root/rel/sub/deep/big"

	# --- deleting ---
	mkdir -p "$root/del/plain" && touch "$root/del/extra" "$root/del/plain/x"
	own "$a" "$root/del"
	ok "$a: --delete --force" rsync_to -aH --delete --force \
	    "$T/src/" "$a:del/"
	ok "$a: leaves the source's tree" same_tree "$T/src" "$root/del" "%m"
	cp -r "$T/src/sub" "$T/mine"
	ok "$a: --remove-source-files, push" rsync_to -a \
	    --remove-source-files "$T/mine/" "$a:moved/"
	is "$a: nothing is left here" "$(find "$T/mine" -type f)" ""
	ok "$a: --remove-source-files, pull" rsync_to -a \
	    --remove-source-files "$a:moved/" "$T/mine/"
	is "$a: nothing is left there" "$(find "$root/moved" -type f)" ""
	rm -rf "$T/mine"
	rm -rf "${root:?}"/*
done
client rsync
finish
