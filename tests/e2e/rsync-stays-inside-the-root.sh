#!/bin/bash
# timeout: 300
# No argument of a client, and no link that it planted, leads rsync out of the
# root: nothing outside is read, listed, measured or changed. Each act is first
# shown to succeed inside, and without the gate.
. "$(dirname "$0")/lib.sh"
export SHARED=yes
start_sshd

# refused CLAIM TEXT RSYNC-ARGUMENTS...: status is not 0 and TEXT is told.
refused() {
	local claim=$1 text=$2
	shift 2
	rsync_to "$@" >"$T/out" 2>"$T/err"
	is "$claim: fails" "$((! $?))" 0
	like "$claim: says why" "$(cat "$T/err")" "*$text*"
}

# follows_nothing LINK: -L and -K are refused to a user; to root, where only
# the root exists, they find nothing behind the link.
follows_nothing() {
	if [ "$a" != root ]; then
		refused "$a: $1: -L" "followed only in a namespace" -rL \
		    "$a:." "$T/got"
		refused "$a: $1: -K" "followed only in a namespace" -rK \
		    "$T/up/" "$a:."
		return
	fi
	rm -rf "$T/got"
	rsync_to -rL "$a:." "$T/got" >"$T/out" 2>&1
	ok "$a: $1: control: -L brings what lies inside" \
	    test -f "$T/got/inner/public"
	no "$a: $1: -L brings nothing from outside" \
	    grep -rq combination "$T/got"
	rm -rf "$T/got"
	mkdir -p "$T/follow/$1"
	echo new >"$T/follow/$1/planted"
	rsync_to -rK "$T/follow/" "$a:." >"$T/out" 2>&1
	no "$a: $1: -K writes nothing outside" test -e "$outside/planted"
	rm -rf "$T/follow"
}

for a in $ACCOUNTS; do
	root=$(make_root "$a")
	outside=$(make_root "$a" outside)
	serve "$a" "" "$root"
	mkdir "$root/in" "$outside/dir"
	echo "the combination" >"$outside/secret"
	echo "the combination" >"$outside/dir/secret"
	echo public >"$root/in/public"
	mkdir "$T/up"
	echo secret >"$T/list"
	echo new >"$T/up/new"
	touch -d 2001-01-01 "$outside" "$outside/dir" "$outside/secret"
	ln -s "$outside" "$root/out"
	ln -s ../outside "$root/rel"
	ln -s "$outside/secret" "$root/file"
	ln -s in "$root/inner"
	ln -s "$root/in" "$root/absolute"
	own "$a" "$root" "$outside"
	before=$(find "$outside" -printf '%P %m %U %s %T@ %C@\n' | sort)

	# untouched CLAIM: what lies outside is as it was.
	untouched() {
		is "$a: $1: outside nothing has changed" \
		    "$(find "$outside" -printf '%P %m %U %s %T@ %C@\n' |
			sort)" "$before"
	}
	left="leaves the directory that is served"

	free_key "$a"
	ok "$a: control: without the gate it can be read" \
	    rsync_to "$a:$outside/secret" "$T/got"
	rm -f "$T/got"
	serve "$a" "" "$root"
	ok "$a: control: inside can be read" rsync_to "$a:in/public" "$T/got"

	refused "$a: .." "$left" -r "$a:../outside" "$T/got"
	refused "$a: .. by -s" "$left" -rs "$a:../outside" "$T/got"
	refused "$a: .. behind a name" "$left" -r "$a:in/../../outside/" "$T/g"
	refused "$a: .. in braces" "$left" -r --old-args \
	    "$a:{in,../outside}" "$T/got"
	refused "$a: ///.." "$left" -r "$a:///../outside/" "$T/got"
	refused "$a: .. as destination" "$left" -r "$T/up/" "$a:../outside/"
	refused "$a: .. as basis" "$left" -r --link-dest=../../outside \
	    "$T/up/" "$a:in/"
	refused "$a: .. as backup" "$left" -rb --backup-dir=/../outside \
	    "$T/up/" "$a:in/"
	refused "$a: .. as parts" "$left" -r --partial-dir=../../outside \
	    "$T/up/" "$a:in/"
	refused "$a: .. as list" "$left" -r --files-from=:../outside/secret \
	    "$a:in" "$T/got"
	refused "$a: another home" "homes are not served" \
	    -r "$a:~daemon/" "$T/got"
	ln -s . "$root/loop"
	refused "$a: a basis above a link to the root" "$left" -r --mkpath \
	    --link-dest=../../../x "$T/up/" "$a:loop/one/two/"
	ok "$a: control: beside it" rsync_to -r --mkpath \
	    --link-dest=../../x "$T/up/" "$a:loop/one/two/"
	rm -rf "$root/loop" "$root/one"
	untouched "dots"

	# A list that the client sends names files in the protocol.
	printf '%s\n' out/secret rel/dir/secret >"$T/through"
	printf '%s\n' in/public inner/public >"$T/within"
	look() {
		rm -rf "$T/got"
		rsync_to -nt --out-format='%l %M %n' "$@" "$T/got/" \
		    >"$T/out" 2>&1
	}
	free_key "$a"
	for how in --relative --no-relative; do
		look $how --files-from="$T/through" "$a:$root"
		like "$a: $how: control: a name that is led outside is told" \
		    "$(cat "$T/out")" "*16 2001/01/01-*secret*"
	done
	for options in "" --read-only --create-only; do
		serve "$a" "$options" "$root"
		for how in --relative --no-relative; do
			claim="$a: ${options:---read-write}: $how: a list"
			look $how --files-from="$T/through" "$a:."
			is "$claim that leads outside: status" $? 23
			no "$claim that leads outside tells nothing" \
			    grep -qE "^16 |2001/01/01" "$T/out"
			look $how --files-from="$T/within" "$a:."
			is "$claim through a link inside: status" $? 0
			like "$claim through a link inside: control: tells" \
			    "$(cat "$T/out")" "*7 *public*"
		done
	done
	serve "$a" "" "$root"
	look --remove-source-files --files-from="$T/through" "$a:."
	no "$a: a list of what is to be removed tells nothing" \
	    grep -qE "^16 |2001/01/01" "$T/out"
	cp "$root/in/public" "$root/in/gone"
	own "$a" "$root/in/gone"
	echo in/gone >"$T/within"
	ok "$a: control: what lies inside is removed" rsync_to -t \
	    --remove-source-files --files-from="$T/within" "$a:." "$T/got/"
	no "$a: control: and was" test -e "$root/in/gone"
	rm -rf "$T/got"
	untouched "a list"

	for link in out rel; do
		ok "$a: $link: the link itself can be read" \
		    rsync_to -l "$a:$link" "$T/"
		rm -f "$T/$link"
		refused "$a: $link: a listing" "$left" "$a:$link/"
		refused "$a: $link: a pull" "$left" -r "$a:$link/" "$T/got"
		refused "$a: $link: a file through it" "$left" \
		    "$a:$link/secret" "$T/got"
		refused "$a: $link: a push" "$left" -a "$T/up/" "$a:$link/"
		refused "$a: $link: a new directory in it" "$left" -a --mkpath \
		    "$T/up/" "$a:$link/deep/new/"
		refused "$a: $link: as basis" "$left" -a --link-dest="/$link" \
		    "$T/up/" "$a:in/"
		refused "$a: $link: as basis beside" "$left" -a \
		    --copy-dest="../$link" "$T/up/" "$a:in/"
		refused "$a: $link: as backup" "$left" -ab \
		    --backup-dir="/$link" "$T/up/" "$a:in/"
		refused "$a: $link: for temporary files" "$left" -a \
		    --temp-dir="/$link" "$T/up/" "$a:in/"
		refused "$a: $link: as list" "$left" -r \
		    --files-from=":/$link/secret" "$a:in" "$T/got"
		refused "$a: $link: names of a list looked up in it" "$left" \
		    -r --files-from="$T/list" "$a:$link" "$T/got"
		follows_nothing "$link"
		untouched "$link"
	done
	refused "$a: a link to a file as destination" "$left" "$T/up/new" \
	    "$a:file"
	rm -rf "$T/got"
	rsync_to -r "$a:*/secret" "$T/got" >/dev/null 2>&1
	no "$a: a wildcard finds nothing through links" test -e "$T/got"
	untouched "the rest"

	# In a namespace the root has another name: an absolute link misses it.
	links="inner absolute"
	[ "$a" != root ] || links=inner
	for link in $links; do
		ok "$a: $link: a link that stays inside may be read through" \
		    rsync_to "$a:$link/public" "$T/got"
		ok "$a: $link: and written through" \
		    rsync_to -a "$T/up/" "$a:$link/"
		ok "$a: $link: to where it leads" test -f "$root/in/new"
		rm -f "$root/in/new"
	done

	# A rule of the protocol names a file; no argument shows it.
	echo "- public" >"$root/in/rules"
	own "$a" "$root"
	for name in "$outside/secret" ../outside/secret /out/secret; do
		rm -rf "$T/got"
		rsync_to -rvv --filter=":s_$name" "$a:in/" "$T/got" \
		    >"$T/out" 2>&1
		no "$a: a rule that names $name is not read" \
		    grep -Eq "the combination|Unknown filter rule" "$T/out"
	done
	echo "the combination" >"$root/in/wrong"
	own "$a" "$root/in/wrong"
	for name in "$root/in/wrong" wrong; do
		rsync_to -rvv --filter=":s_$name" "$a:in/" "$T/got" \
		    >"$T/out" 2>&1
		ok "$a: control: $name of the tree is read" \
		    grep -q "Unknown filter rule" "$T/out"
	done
	rm "$root/in/wrong"
	rm -rf "$T/got"
	ok "$a: a rule file of the tree works" rsync_to -r \
	    --filter=':s_rules' "$a:in/" "$T/got"
	no "$a: and holds" test -e "$T/got/public"

	# Links that the transfer itself plants.
	mkdir "$T/planted"
	ln -s "$outside" "$T/planted/deep"
	ok "$a: a link may be planted" rsync_to -a "$T/planted/" "$a:in/"
	rm -rf "$T/planted"
	mkdir -p "$T/planted/deep/dir"
	echo changed >"$T/planted/deep/dir/secret"
	rsync_to -a "$T/planted/" "$a:in/" >/dev/null 2>&1
	rsync_to -aO --no-p "$T/planted/deep/" "$a:in/deep/" >/dev/null 2>&1
	untouched "a planted link"
	rm -rf "$T/planted" "$T/up" "$T/got"
done
client rsync
finish
