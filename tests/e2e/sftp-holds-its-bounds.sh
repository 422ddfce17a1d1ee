#!/bin/bash
# timeout: 300
# Floods of requests that nobody reads the answers of, crowded directories,
# thousands of handles, offsets beyond 20 GiB, the deepest paths, files that
# change while they are read: served, and in bounded memory. ENTRIES (make
# soak: a million) says how crowded the directory is.
. "$(dirname "$0")/lib.sh"
entries=${ENTRIES:-100000}

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	if [ "$E2E_NAMESPACE" = yes ]; then
		mount -t tmpfs -o mode=755 tmpfs "$root"
	fi
	mkdir "$root/many" "$root/crowd"
	for ((i = 0; i < 100; i++)); do
		echo $i >"$root/many/$i"
	done
	echo content >"$root/file"
	head -c 300000 /dev/zero >"$root/big"
	head -c 150000 /dev/zero | tr '\0' x >"$root/changing"
	own "$account" "$root"
	: >"$T/log-$account"
	own "$account" "$T/log-$account"
	for claim in a_flood_of_300000_requests a_flood_of_reads \
	    a_flood_of_listings a_directory_of_many_entries \
	    five_thousand_handles more_handles_than_there_may_be \
	    offsets_beyond_20_gib paths_as_deep_as_they_go \
	    files_that_grow_and_shrink_while_read; do
		# Each account opens many; the machine's own limit counts.
		if [ $claim = five_thousand_handles ] &&
		    [ "$(ulimit -Hn)" != unlimited ] &&
		    [ "$(ulimit -Hn)" -lt 5100 ]; then
			skip "$account: $claim" "RLIMIT_NOFILE is too low"
			continue
		fi
		ok "$account: ${claim//_/ }" timeout 250 /usr/bin/python3 -B \
		    "$SOURCE/tests/e2e/sftp_bounds.py" "$GATE" "$root" \
		    "$T/log-$account" "$(id -u "$account")" $claim "$entries"
		note "$(grep bytes "$T/ok.out" | tail -n 1)"
	done
	if [ "$E2E_NAMESPACE" = yes ]; then
		umount "$root"
	else
		rm -rf "${root:?}"/*
	fi
done
finish
