#!/bin/bash
# What rsync can do outside the jail it does inside: the same command with and
# without the gate leaves identical trees, for root and for a plain account.
# timeout: 300
. "$(dirname "$0")/lib.sh"

local_shells
export BARE_ROOT GATE_ROOT GATE_OPTIONS=

# --- trees -----------------------------------------------------------------

# make_source: every kind of thing that the account can make, here.
make_source() {
	mkdir -p dir/deep/deeper 'a blank' empty
	echo text >dir/text
	seq 1 20000 >dir/deep/numbers
	head -c 300000 /dev/urandom >dir/deep/deeper/random
	: >'a blank/null bytes'
	printf 'name' >$'dir/new\nline'
	printf 'utf' >dir/müll
	printf 'dash' >./-dash
	ln dir/text dir/deep/hard
	ln dir/text 'a blank/hard'
	ln -s ../text dir/deep/relative
	ln -s /etc/passwd dir/absolute
	ln -s nowhere dangling
	truncate -s 3M sparse
	printf middle | dd of=sparse bs=1 seek=1500000 conv=notrunc 2>/dev/null
	chmod 600 dir/text
	chmod 750 dir/deep
	chmod 1777 empty
	setfattr -n user.note -v 'a value' dir/deep/numbers
	setfattr -n user.dir -v 'of a directory' dir
	setfacl -m u:daemon:rw dir/deep/numbers
	setfacl -d -m g:daemon:rx dir/deep
	age 2010
	touch -d '2001-02-03 04:05:06.789012345' dir/text sparse
	touch -d '1999-12-31 23:59:59' empty dir/deep
}

# age YEAR: everything here becomes old. (Times that differ by less than a
# second are the same to rsync, so a new source would leave them to chance.)
age() {
	find . -depth -exec touch -h -d "$1-10-10 10:10:10.123456789" {} +
}

# make_foreign: what only root can make.
make_foreign() {
	mknod device-c c 1 3
	mknod device-b b 7 200
	chmod 640 device-b
	mkfifo fifo
	echo owned >foreign
	chown 12345:54321 foreign
	echo bin >capable
	chmod 755 capable
	setcap cap_net_raw+ep capable
	chown -h 4321:1234 dangling
	age 2011
}

# manifest DIRECTORY: all that can be seen of a tree, but the size and the
# link count of directories and, unless TIMES=all, their times.
manifest() {
	(
		cd "$1" || exit
		find . -mindepth 1 ! -type d -exec stat --printf \
		    '%n|%F|%a|%u|%g|%s|%y|%h|%t:%T|%N\0' {} +
		stat --printf '.|%a|%u|%g\0' .
		find . -mindepth 1 -type d \
		    -exec stat --printf '%n|%F|%a|%u|%g|' {} \; \
		    -exec stat --printf "${DIRECTORY_TIME:-}\\0" {} \;
		find . -type f -exec sha256sum -z {} +
		getfattr -R -P -h -d -m - -e hex . 2>/dev/null |
		    awk -v RS= '{ gsub("\n", " "); printf "%s\0", $0 }'
	) | tr '\n\0' '\1\n' | sort
}

# same CLAIM A B: two trees can't be told apart.
same() {
	diff <(manifest "$2") <(manifest "$3") >"$T/difference" 2>&1
	if [ -s "$T/difference" ]; then
		fail "$1"
		note "$(head -n 10 "$T/difference")"
	elif [ -z "$(ls -A "$2")" ]; then
		fail "$1"
		note "both are empty"
	else
		pass "$1"
	fi
}

# --- one feature, both ways ------------------------------------------------

# fresh NAME...: empty directories of the account's own.
fresh() {
	local name
	for name; do
		rm -rf "${W:?}/$name"
		mkdir "$W/$name"
		own "$account" "$W/$name"
	done
}

# run STATUS-FILE SHELL ARGUMENT...: rsync as the account over that shell.
run() {
	local status=$1 shell=$2
	shift 2
	(cd "$W" && as "$account" timeout 60 \
	    rsync -e "$T/bin/$shell" "$@") >"$T/$status.out" 2>&1
	echo $? >"$T/$status"
}

# same_end CLAIM WANTED: both ended with the wanted status.
same_end() {
	is "$1: ends as outside the jail" \
	    "$(cat "$T/jailed") $(cat "$T/bare")" "$2 $2"
	[ "$(cat "$T/jailed")" = "$2" ] || note "$(head -n 8 "$T/jailed.out")"
}

# push NAME SEED OPTION...: src/ to dst/ in a root that SEED has prepared.
push() {
	local name="$account: push $1" seed=$2
	shift 2
	fresh bare-root gate-root
	BARE_ROOT=$W/bare-root GATE_ROOT=$W/gate-root
	(cd "$BARE_ROOT" && as "$account" bash -c "$seed") || exit 1
	(cd "$GATE_ROOT" && as "$account" bash -c "$seed") || exit 1
	run bare bare "$@" "$SRC/" host:dst/ &
	run jailed gate "$@" "$SRC/" host:dst/
	wait
	same_end "$name" "${WANTED:-0}"
	same "$name: the same tree" "$BARE_ROOT" "$GATE_ROOT"
}

# pull NAME OPTION...: from a root that is the source, to an empty directory.
pull() {
	local name="$account: pull $1"
	shift
	fresh bare-out gate-out
	BARE_ROOT=$SRC GATE_ROOT=$SRC
	run bare bare "$@" host:. bare-out/ &
	run jailed gate "$@" host:. gate-out/
	wait
	same_end "$name" "${WANTED:-0}"
	same "$name: the same tree" "$W/bare-out" "$W/gate-out"
}

# both NAME OPTION...
both() {
	push "$1" : "${@:2}"
	pull "$@"
}

# Older versions of some files, and one that the source does not have.
OLD='mkdir -p dst/dir/deep && echo older >dst/dir/text &&
    seq 5 20010 >dst/dir/deep/numbers && echo gone >dst/gone && age 2005'
# The last run's result, beside the new one. The account's shell expands it.
# shellcheck disable=SC2016
PREVIOUS='mkdir prev && cp -a "$SRC/." prev/ && echo old >prev/dir/müll &&
    touch -d 2005-05-05 prev/dir/müll'

features() {
	DIRECTORY_TIME=%y both "-aHAX --numeric-ids" -aHAX --numeric-ids
	both "-aHAX by names" -aHAX
	both "-aHAXS, sparse" -aHAXS
	push "sparse files stay sparse" : -aS
	is "$account: holes are holes" \
	    "$(($(stat -c %b "$GATE_ROOT/dst/sparse") < 100))" 1
	both "-aU, access times" -aU
	both "-rlptR, relative" -rlptR
	both "--fake-super" -aHAX -M--fake-super
	push "--partial-dir" "$OLD" -a --partial-dir=.part
	push "--delay-updates" "$OLD" -a --delay-updates
	push "--link-dest" "$PREVIOUS" -aH --link-dest=../prev
	ok "$account: an unchanged file is a link to the previous one" \
	    test "$GATE_ROOT/dst/dir/deep/numbers" -ef \
	    "$GATE_ROOT/prev/dir/deep/numbers"
	push "--copy-dest" "$PREVIOUS" -a --copy-dest=../prev
	push "--compare-dest" "$PREVIOUS" -a --compare-dest=../prev
	push "--inplace" "$OLD" -a --inplace
	push "--append" 'mkdir -p dst/dir/deep &&
	    seq 1 100 >dst/dir/deep/numbers && age 2005' -a --append
	push "--delete" "$OLD" -a --delete
	push "--delete --force" \
	    'mkdir -p dst/dir/text/in/the/way' -a --delete --force
	push "--backup-dir" "$OLD" -ab --backup-dir=../old --suffix=.bak \
	    --delete
	push "--temp-dir" "$OLD && mkdir dst/tmp" -a --temp-dir=tmp
	push "--fuzzy" 'mkdir -p dst/dir/deep &&
	    seq 3 20000 >dst/dir/deep/numbers.old && age 2005' -ay
	push "--checksum --whole-file" "$OLD" -acW
	push "--no-whole-file -B700" "$OLD" -a --no-W -B700
	push "--preallocate --fsync" : -a --preallocate --fsync
	push "--chmod" : -a --chmod=D700,F600
	push "--update --existing" "$OLD" -au --existing
	push "--ignore-existing" "$OLD" -a --ignore-existing
	push "--prune-empty-dirs" : -am
	push "--omit-dir-times" : -aO
	push "--size-only --no-perms" "$OLD" -rlt --size-only
	push "--mkpath" : -a --mkpath
	push "--max-size" : -a --max-size=100K
	push "a filter" "$OLD" -a --exclude=deep --delete-excluded
	push "--iconv" : -a --iconv=utf8,latin1
	pull "--iconv" -a --iconv=utf8,latin1
	pull "--open-noatime" -a --open-noatime
	pull "a filter" -a --exclude=deep --include='*'
	pull "--checksum" -ac
	compressions
	removals
	listing
}

compressions() {
	local choice
	both "-z" -az
	for choice in zlib zlibx lz4 zstd none; do
		both "--zc=$choice" -az --zc=$choice
	done
	push "-z, harder" : -az --zl=9
	push "--old-compress" : -a --old-compress
	push "--new-compress" : -a --new-compress
	pull "--skip-compress" -az --skip-compress=gz/jpg/numbers
	push "-z onto older files" "$OLD" -az --no-W
	for choice in xxh128 xxh3 xxh64 md5 md4 sha1 none; do
		push "--cc=$choice" "$OLD" -a --no-W --cc=$choice
	done
	push "protocol 29" "$OLD" -a --protocol=29
}

# A pull that empties its source.
removals() {
	local shell
	for shell in bare gate; do
		fresh $shell-root $shell-out
		as "$account" cp -a "$SRC/dir" "$W/$shell-root/"
	done
	BARE_ROOT=$W/bare-root GATE_ROOT=$W/gate-root
	run bare bare -a --remove-source-files host:. bare-out/
	run jailed gate -a --remove-source-files host:. gate-out/
	same_end "$account: pull --remove-source-files" 0
	same "$account: what was sent is gone" "$BARE_ROOT" "$GATE_ROOT"
	is "$account: no file is left" \
	    "$(find "$GATE_ROOT" ! -type d | wc -l)" 0
	same "$account: and has arrived" "$W/bare-out" "$W/gate-out"
}

listing() {
	BARE_ROOT=$SRC GATE_ROOT=$SRC
	run bare bare -r host:.
	run jailed gate -r host:.
	same_end "$account: --list-only" 0
	is "$account: the same listing" \
	    "$(cat "$T/jailed.out")" "$(cat "$T/bare.out")"
}

# Absolute paths mean the root inside, which bare rsync can't show.
absolute_paths() {
	fresh gate-root
	GATE_ROOT=$W/gate-root
	(cd "$GATE_ROOT" && as "$account" bash -c "$PREVIOUS")
	run jailed gate -aH --link-dest=/prev "$SRC/" host:/dst/
	is "$account: an absolute --link-dest lies in the root" \
	    "$(cat "$T/jailed") $(stat -c %i \
		"$GATE_ROOT/dst/dir/deep/numbers")" \
	    "0 $(stat -c %i "$GATE_ROOT/prev/dir/deep/numbers")"
	echo newer >"$SRC/dir/text"
	run jailed gate -ab --backup-dir=/old "$SRC/" host:/dst/
	is "$account: an absolute --backup-dir lies in the root" \
	    "$(cat "$T/jailed") $(ls "$GATE_ROOT/old/dir/text")" \
	    "0 $GATE_ROOT/old/dir/text"
}

# In a user namespace too, where all is the account's own.
in_a_namespace() {
	GATE_OPTIONS=--jail=namespace
	both "-aH in a user namespace" -aH
	push "--delete in a user namespace" "$OLD" -a --delete
	push "--link-dest in a user namespace" "$PREVIOUS" -aH \
	    --link-dest=../prev
	push "--inplace in a user namespace" "$OLD" -a --inplace
	both "--iconv in a user namespace" -a --iconv=utf8,latin1
	GATE_OPTIONS=
}

# A group that the account is a member of, but that is not its own.
groups_are_kept() {
	local shell
	fresh bare-root gate-root up
	echo shared >"$W/up/file"
	chown "$account:64555" "$W/up/file"
	for shell in bare gate; do
		BARE_ROOT=$W/bare-root GATE_ROOT=$W/gate-root
		(cd "$W" && setpriv --reuid="$account" --regid="$account" \
		    --groups=64555 timeout 60 rsync -e "$T/bin/$shell" \
		    -a --numeric-ids up/ host:dst/) >"$T/ok.out" 2>&1
		is "$account: a group of the account's arrives by $shell" \
		    "$? $(stat -c %g "$W/$shell-root/dst/file")" "0 64555"
	done
}

for account in $ACCOUNTS; do
	W=$T/work-$account
	mkdir "$W"
	own "$account" "$W"
	SRC=$W/src
	export SRC
	export -f age make_source
	fresh src
	(cd "$SRC" && as "$account" bash -c make_source)
	[ "$account" != root ] || (cd "$SRC" && make_foreign)
	features
	absolute_paths
	if [ "$account" != root ]; then
		in_a_namespace
	fi
	if [ "$account" = plain ]; then
		groups_are_kept
	fi
done
client rsync
finish
