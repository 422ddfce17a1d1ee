#!/bin/bash
# timeout: 200
# A symlink whose text is the root's own path on the machine leads where it
# does for bare rsync, in every jail: named in a transfer, as the last backup
# that is linked to, and on the way of -R, -k, -K and -L where these are served.
# With the root "/" every absolute symlink does. One that leads out leads to
# nothing. Temporary files have other names in each session.
. "$(dirname "$0")/lib.sh"

local_shells
export BARE_ROOT GATE_ROOT GATE_OPTIONS=

# fresh: a root with a directory, links to it and out of it, and a source.
fresh() {
	rm -rf "$T/w"
	mkdir -p "$T/w"/{root/real/sub,outside,src/real}
	chmod 755 "$T/w"
	echo text >"$T/w/src/file"
	echo text >"$T/w/src/real/into"
	echo inside >"$T/w/root/real/sub/file"
	echo outside >"$T/w/outside/file"
	touch -d 2001-01-01 "$T/w/src/file"
	ln -s "$T/w/root/real" "$T/w/root/abs"
	ln -s "$T/w/outside" "$T/w/root/out"
	own "$a" "$T/w"
	BARE_ROOT=$T/w/root GATE_ROOT=$T/w/root
}

# sync ARGUMENT...: rsync as the account; its status.
sync() {
	(cd "$T/w" && as "$a" timeout 60 rsync -e "$T/bin/$SHELL_USED" "$@") \
	    >"$T/out" 2>&1
	echo $?
}

# does CLAIM WANTED GOT
does() {
	is "$a: $JAIL: $1" "$3" "$2"
	[ "$3" = "$2" ] || note "$(head -n 3 "$T/out")"
}

named() {
	local day
	fresh
	does "a push to the link" 0 "$(sync -rt src/ h:abs/)"
	does "... is behind it" text "$(cat "$T/w/root/real/file")"
	does "a push below the link" 0 "$(sync -rt src/ h:abs/new/)"
	does "... is behind it" text "$(cat "$T/w/root/real/new/file")"
	does "a push of a file below the link" 0 "$(sync src/file h:abs/one)"
	does "... is behind it" text "$(cat "$T/w/root/real/one")"
	does "--mkpath below the link" 0 \
	    "$(sync --mkpath src/file h:abs/a/b/c)"
	does "... is behind it" text "$(cat "$T/w/root/real/a/b/c")"
	does "the link itself stays" "$T/w/root/real" \
	    "$(readlink "$T/w/root/abs")"
	does "a pull of what it leads to" 0 "$(sync -r h:abs/ got/)"
	does "... brings it" inside "$(cat "$T/w/got/sub/file")"
	does "a pull of a file below it" 0 "$(sync h:abs/sub/file got/one)"
	does "... brings it" inside "$(cat "$T/w/got/one")"
	does "a pull of the link" 0 "$(sync -l h:abs got/)"
	does "... brings the link" "$T/w/root/real" \
	    "$(readlink "$T/w/got/abs")"
	rm -rf "$T/w/got"
	does "-R through it" 0 "$(sync -rR --no-implied-dirs h:abs/sub got/)"
	does "... names the way" inside "$(cat "$T/w/got/abs/sub/file")"
	echo abs/sub/file >"$T/w/list"
	rm -rf "$T/w/got"
	does "--files-from through it" 0 \
	    "$(sync --files-from=list --no-implied-dirs h:. got/)"
	does "... brings it" inside "$(cat "$T/w/got/abs/sub/file")"
	mkdir -p "$T/w/root/day1"
	cp -p "$T/w/src/file" "$T/w/root/day1/"
	ln -s "$T/w/root/day1" "$T/w/root/latest"
	own "$a" "$T/w/root"
	for day in day2 day3/ deep/down/day4/; do
		does "--link-dest through it ($day)" 0 "$(sync -rt --mkpath \
		    --link-dest=/latest --link-dest=../latest src/ "h:$day")"
		does "... links ($day)" "$T/w/root/day1/file" \
		    "$(find "$T/w/root/day1" -samefile \
			"$T/w/root/${day%/}/file")"
	done
	does "--link-dest into what is there" 0 \
	    "$(sync -rtI --link-dest=../latest src/ h:day2/)"
	echo changed >"$T/w/src/file"
	does "--backup-dir through it" 0 \
	    "$(sync -rtb --backup-dir=../latest/old src/ h:day3/)"
	does "... keeps the old one" text "$(cat "$T/w/root/day1/old/file")"
	does "a push to a link that leads out fails" no \
	    "$([ "$(sync -rt src/ h:out/)" = 0 ] || echo no)"
	does "a pull from a link that leads out fails" no \
	    "$([ "$(sync -rt h:out/ stolen/)" = 0 ] || echo no)"
	does "nothing came in or out" "$T/w/outside/file" \
	    "$(find "$T/w/outside" "$T/w/stolen" -type f 2>/dev/null)"
}

# Where symlinks are followed on the way. -K does what bare rsync does: 3.5
# itself doesn't write behind an absolute link.
followed() {
	fresh
	mv "$T/w/src/real" "$T/w/src/abs"
	STATUS=$(sync -rtK src/ h:.)
	BEHIND=$(cat "$T/w/root/real/into" 2>/dev/null)
	: "${BARE_STATUS=$STATUS}" "${BARE_BEHIND=$BEHIND}"
	does "-K ends as without a jail" "$BARE_STATUS" "$STATUS"
	does "-K keeps a link to a directory" "$T/w/root/real" \
	    "$(readlink "$T/w/root/abs")"
	does "... and writes behind it as without" "$BARE_BEHIND" "$BEHIND"
	rm "$T/w/root/out"
	does "-k follows it" 0 "$(sync -rlk h:. got/)"
	does "... as a directory" inside "$(cat "$T/w/got/abs/sub/file")"
	rm -rf "$T/w/got"
	does "-L follows it" 0 "$(sync -rL h:. got/)"
	does "... as a directory" inside "$(cat "$T/w/got/abs/sub/file")"
}

# A temporary name; the transfer is cut then.
temporary_name() {
	local name='' pid
	rm -rf "$T/w/root/big"
	mkdir -m 777 "$T/w/root/big"
	(cd "$T/w" && exec timeout 20 setpriv --reuid="$(id -u "$a")" \
	    --regid="$(id -g "$a")" --clear-groups rsync --bwlimit=1500 \
	    -e "$T/bin/$SHELL_USED" big h:big/) >"$T/out" 2>&1 &
	pid=$!
	within 10 has_temporary
	name=$(ls -A "$T/w/root/big")
	kill $pid
	wait $pid 2>/dev/null
	within 10 gone $pid
	echo "$name"
}

has_temporary() {
	[ -n "$(ls -A "$T/w/root/big")" ]
}

gone() {
	! kill -0 "$1" 2>/dev/null
}

temporary_names_differ() {
	local one two
	fresh
	head -c 3M /dev/zero >"$T/w/big"
	own "$a" "$T/w"
	one=$(temporary_name)
	two=$(temporary_name)
	like "$a: $JAIL: a temporary file is there" "$one" ".big.*"
	no "$a: $JAIL: the next session's has another name" \
	    [ "$one" = "$two" ]
}

# The key may be set only where it is true.
WAYS=("" --jail=namespace)
if rsync --help | grep -q -e --confine-root; then
	WAYS+=(--rsync-version=3.5)
else
	skip "--rsync-version=3.5" "rsync is older than 3.5"
fi

for a in $ACCOUNTS; do
	JAIL="no jail" SHELL_USED=bare
	unset BARE_STATUS BARE_BEHIND
	fresh
	does "a push to the link" 0 "$(sync -rt src/ h:abs/)"
	does "... is behind it" text "$(cat "$T/w/root/real/file")"
	followed
	SHELL_USED=gate
	for GATE_OPTIONS in "${WAYS[@]}"; do
		JAIL=${GATE_OPTIONS:-auto}
		named
		[ "$a$JAIL" = "root--rsync-version=3.5" ] ||
		    temporary_names_differ
		if [ "$a" = root ] || [ "$JAIL" = --jail=namespace ]; then
			followed
		fi
	done
done

if [ "$E2E_NAMESPACE" = yes ]; then
	a=root JAIL="the root /" GATE_OPTIONS="--home-in-root --read-only"
	fresh
	GATE_ROOT=/
	mkdir -p "$T/w/run"
	echo there >"$T/w/run/file"
	ln -s "$T/w/run" "$T/w/link"
	does "a pull through an absolute link" 0 \
	    "$(sync -r "h:$T/w/link/file" got/)"
	does "... brings it" there "$(cat "$T/w/got/file")"
	does "-L through an absolute link" 0 \
	    "$(sync -rLR --no-implied-dirs "h:$T/w/link" got/)"
	does "... brings it" there "$(cat "$T/w/got$T/w/link/file")"
	GATE_OPTIONS+=" --one-file-system"
	does "not crossing file systems, too" 0 \
	    "$(sync -r "h:$T/w/link/file" got/again)"
	does "... brings it" there "$(cat "$T/w/got/again")"
fi
client rsync
finish
