#!/bin/bash
# timeout: 200
# What an argument names is what a user of plain rsync means: destinations,
# wildcards, quotes and odd names, -R and /./, lists, and what deletes.
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/hostile-tree
. "$SOURCE/tests/e2e/hostile-tree"
export SHARED=yes
start_sshd

make_tree "$T/src"
for a in $ACCOUNTS; do
	root=$(make_root "$a")
	serve "$a" "" "$root"

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
