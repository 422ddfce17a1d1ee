#!/bin/bash
# timeout: 300
# What a user may do with rsync inside the root works as with plain rsync:
# each family of options, compared by content, mode, times and links.
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/hostile-tree
. "$SOURCE/tests/e2e/hostile-tree"
export SHARED=yes
start_sshd

make_tree "$T/src"
FORMAT='%m %T@ %n'

# both_ways CLAIM OPTION...: a push of the source and a pull back, with plain
# arguments and, for the last account, with secluded ones.
both_ways() {
	local claim how hows=("")
	[[ $ACCOUNTS != *"$a" ]] || hows+=(-s)
	for how in "${hows[@]}"; do
		claim="$a: $1${how:+, secluded}"
		rm -rf "$root/t" "$T/back"
		# No word, where it is empty.
		# shellcheck disable=SC2086
		ok "$claim: push" rsync_to -aH $how "${@:2}" "$T/src/" "$a:t/"
		ok "$claim: pushed is the same" \
		    same_tree "$T/src" "$root/t" "$FORMAT"
		# shellcheck disable=SC2086
		ok "$claim: pull" rsync_to -aH $how "${@:2}" "$a:t/" "$T/back/"
		ok "$claim: pulled is the same" \
		    same_tree "$T/src" "$T/back" "$FORMAT"
	done
}

for a in $ACCOUNTS; do
	root=$(make_root "$a")
	serve "$a" "" "$root"
	both_ways "archive"
	is "$a: a second push moves nothing" \
	    "$(rsync_to -aHi "$T/src/" "$a:t/")" ""
	is "$a: a second pull moves nothing" \
	    "$(rsync_to -aHi "$a:t/" "$T/back/")" ""
	both_ways "everything" -AXS --numeric-ids
	both_ways "compressed" -zz
	both_ways "old protocol" --protocol=29
	both_ways "in place" --inplace
	both_ways "whole files, checksums" -Wc
	both_ways "partial" -P --quiet
	both_ways "delayed" --delay-updates
	both_ways "fsync" --fsync --preallocate
	both_ways "no recursion ahead" --no-inc-recursive
	both_ways "own algorithms" --zc=lz4 --cc=md5
	both_ways "limits" --bwlimit=90000 --timeout=60 --max-alloc=256m
	both_ways "sparse, fuzzy, of one file system" -Syx
	both_ways "directories' and links' times apart" -U --open-noatime
	rm -rf "${root:?}"/*
done
client rsync
finish
