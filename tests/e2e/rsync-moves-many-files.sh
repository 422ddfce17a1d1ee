#!/bin/bash
# timeout: 300
# 20,000 files in 200 directories, there and back, and a second run that moves
# nothing; a wildcard that names 3,000 of them.
. "$(dirname "$0")/lib.sh"
start_sshd

for ((d = 0; d < 200; d++)); do
	mkdir -p "$T/src/directory $d"
	for ((f = 0; f < 100; f++)); do
		echo "$d $f" >"$T/src/directory $d/file $f"
	done
done
mkdir "$T/src/flat"
for ((f = 0; f < 3000; f++)); do
	echo "$f" >"$T/src/flat/a name of some length, number $f.txt"
done
find "$T/src" -exec touch -d '2021-02-03 04:05:06' {} +
for a in $ACCOUNTS; do
	root=$(make_root "$a")
	serve "$a" "" "$root"
	ok "$a: push" rsync_to -a "$T/src/" "$a:t/"
	ok "$a: pushed is the same" same_tree "$T/src" "$root/t" "%m %T@"
	is "$a: a second push moves nothing" \
	    "$(rsync_to -ai --delete "$T/src/" "$a:t/")" ""
	ok "$a: pull by -s" rsync_to -as "$a:t/" "$T/back/"
	ok "$a: pulled is the same" same_tree "$T/src" "$T/back" "%m %T@"
	rm -rf "$T/back"
	ok "$a: a wildcard" rsync_to -a "$a:t/flat/a*.txt" "$T/back/"
	is "$a: names all" "$(find "$T/back" -type f | wc -l)" 3000
	rm -rf "$T/back" "${root:?}/t"
done
client rsync
finish
