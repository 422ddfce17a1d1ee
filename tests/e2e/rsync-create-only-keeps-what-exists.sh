#!/bin/bash
# timeout: 200
# create-only with stock rsync: new files arrive, what exists stays, a run
# that was cut can be repeated, rotation works, and options that reach what
# exists are refused in clear words. Below a free directory all works, and
# nothing beside it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/mounts"
export SHARED=yes
start_sshd

# The gate without a network; it may be cut after CUT bytes of the client's.
cat >"$T/bin/rsh" <<EOF
#!/bin/bash
shift
export SSH_ORIGINAL_COMMAND="\$*"
if [ -n "\${CUT:-}" ]; then
	exec 3> >(exec $GATE --create-only --audit=\$LOG \$ROOT)
	gate=\$!
	stdbuf -o0 head -c "\$CUT" >&3
	[ -z "\${KILL:-}" ] || kill -9 \$gate
	exit 1
fi
exec $GATE --create-only --audit=\$LOG \$ROOT
EOF
chmod 755 "$T/bin/rsh"

# push ACCOUNT OPTIONS...: through the wrapper above.
push() {
	local account=$1
	shift
	as "$account" env CUT="${CUT:-}" KILL="${KILL:-}" ROOT="$ROOT" \
	    LOG="$ROOT.log" timeout 30 rsync -e "$T/bin/rsh" "$@"
}

refused() {
	local claim=$1
	shift
	rsync_to "$@" >"$T/out" 2>"$T/err"
	is "$claim: fails" "$((! $?))" 0
	like "$claim: says why" "$(cat "$T/err")" \
	    "*filesonly: *may only create*"
}

mkdir -p "$T/up/sub/deep"
for i in 1 2 3 4 5 6; do
	head -c "$((i * 37000))" /dev/urandom >"$T/up/sub/$i"
done
ln -s sub/1 "$T/up/link"
echo small >"$T/up/sub/deep/small"
ln "$T/up/sub/1" "$T/up/sub/deep/hard"
chmod 700 "$T/up/sub/deep"
# Of a directory or a link rsync sets no time that differs by less than a
# second: what is sent is older than what is made of it.
find "$T/up" -exec touch -h -d '2021-02-03 04:05:06.789' {} +
touch -d 2005-05-05 "$T/up/sub/2" "$T/up/sub/deep"
chmod -R go+rX "$T/up"

for a in $ACCOUNTS; do
	root=$(make_root "$a")
	serve "$a" "--create-only --audit=$root.log" "$root"
	: >"$root.log"
	own "$a" "$root.log"

	# An existing place of another owner and mode.
	mkdir "$root/t"
	echo old >"$root/t/link"
	chmod 1777 "$root/t"
	touch -d 2001-01-01 "$root/t/link" "$root/t"
	before=$(stat -c '%a %U %G' "$root/t")
	ok "$a: a push into what exists" rsync_to -aH "$T/up/" "$a:t/"
	ok "$a: the same again" rsync_to -aH "$T/up/" "$a:t/"
	ok "$a: and with all compared" rsync_to -aHIc "$T/up/" "$a:t/"
	is "$a: the place has kept mode and owner" \
	    "$(stat -c '%a %U %G' "$root/t")" "$before"
	is "$a: what was there is there" "$(cat "$root/t/link")" old
	ok "$a: what is new has come whole, with modes and times" same_tree \
	    "$T/up/sub" "$root/t/sub" "%m %T@"
	is "$a: hard links too" "$(stat -c %h "$root/t/sub/1")" 2
	like "$a: the log counts what was kept" \
	    "$(grep 'event=end' "$root.log" | tail -n 1)" "* kept=[1-9]*"
	like "$a: the start line says so" \
	    "$(grep event=start "$root.log")" "*+create-only*"

	tree=$(tree_of "$root/t" "%m %T@ %U")
	mkdir -p "$T/new/sub"
	for i in 1 2 3; do
		echo "changed $i" >"$T/new/sub/$i"
	done
	ok "$a: a push of what has changed" rsync_to -aI "$T/new/" "$a:t/"
	is "$a: has changed nothing" "$(tree_of "$root/t" "%m %T@ %U")" "$tree"
	for option in --inplace --append --append-verify -b --backup-dir=x \
	    --suffix=.x --delay-updates --partial-dir=x --delete \
	    --delete-after --force -M--fake-super; do
		refused "$a: $option" -aI "$option" "$T/new/" "$a:t/"
	done
	refused "$a: removing what was pulled" -a --remove-source-files \
	    "$a:t/" "$T/back/"
	is "$a: refused is undone" "$(tree_of "$root/t" "%m %T@ %U")" "$tree"
	ok "$a: a pull" rsync_to -a "$a:t/sub/" "$T/back/"
	ok "$a: brings all" same_tree "$T/up/sub" "$T/back"
	rm -rf "$T/back" "$T/new"

	# Times of directories that a run makes and comes back to.
	ok "$a: a new place, made whole" rsync_to -aH --mkpath "$T/up/" \
	    "$a:x/y/"
	ok "$a: has everything" same_tree "$T/up" "$root/x/y" "%m %T@"

	# Rotation, five generations.
	mkdir -p "$T/data"
	for day in 1 2 3 4 5; do
		seq "$day" >"$T/data/changes"
		[ $day != 1 ] || echo same >"$T/data/stays"
		ok "$a: generation $day" rsync_to -a \
		    --link-dest="../day$((day - 1))" "$T/data/" "$a:day$day/"
		ok "$a: generation $day is whole" same_tree "$T/data" \
		    "$root/day$day" "%m %T@"
	done
	is "$a: what stays is there once" \
	    "$(stat -c %h "$root/day5/stays")" 5
	is "$a: what changes, five times" "$(cat "$root"/day*/changes)" \
	    "$(for i in 1 2 3 4 5; do seq $i; done)"
	rm -rf "$T/data"

	# Cut at a random byte, then repeated into the same place.
	ROOT=$(make_root "$a" cut)
	: >"$ROOT.log"
	own "$a" "$ROOT.log" "$T/up"
	size=777000 # the files alone
	bad=0 unfinished=0 uncut=0
	for round in $(seq 50); do
		CUT=$((RANDOM * 32768 + RANDOM))
		CUT=$((CUT % size))
		KILL=$((round % 2))
		[ $KILL = 1 ] || KILL=
		push "$a" -aH --partial "$T/up/" "x:r$round/" \
		    >/dev/null 2>&1 && uncut=$((uncut + 1))
		CUT="" KILL="" push "$a" -aH "$T/up/" "x:r$round/" \
		    >"$T/err" 2>&1 || unfinished=$((unfinished + 1))
		diff -r --exclude='.*.??????' "$T/up" "$ROOT/r$round" \
		    >/dev/null || bad=$((bad + 1))
	done
	is "$a: 50 runs were cut" "$uncut" 0
	is "$a: each could be repeated" "$unfinished" 0
	is "$a: and then every file is whole" "$bad" 0
	rm -rf "$ROOT"

	# An upload longer than the window in which things are own.
	serve "$a" "--create-only --own-window=2" "$root"
	ok "$a: a slow upload" rsync_to -a --bwlimit=50 "$T/up/sub/6" \
	    "$a:slow/"
	ok "$a: has come whole" cmp "$T/up/sub/6" "$root/slow/6"

done

# --- file systems without births, or whose births are not to be believed ----

# Below a free directory the rules are those of read-write, beside it not.
mkdir "$T/fresh"
for a in $ACCOUNTS; do
	for jail in "" --jail=namespace; do
		name="$a${jail:+, $jail}, free"
		root=$(make_root "$a" "free$jail")
		mkdir "$root/cache"
		echo old | tee "$root/f" >"$root/cache/f"
		touch "$root/cache/gone"
		ln -s .. "$root/cache/up"
		touch -d 2001-01-01 "$root/f" "$root/cache/f"
		own "$a" "$root"
		serve "$a" "--create-only --free=cache $jail" "$root"
		echo fresh >"$T/fresh/f"
		ok "$name: a push changes what is there" \
		    rsync_to -a "$T/fresh/" "$a:cache/"
		is "$name: ... indeed" "$(cat "$root/cache/f")" fresh
		echo again >"$T/fresh/f"
		ok "$name: ... also in place" \
		    rsync_to -aI --inplace "$T/fresh/" "$a:cache/"
		is "$name: ... indeed" "$(cat "$root/cache/f")" again
		ok "$name: a push beside it" rsync_to -aI "$T/fresh/" "$a:"
		no "$name: --delete beside it" \
		    rsync_to -a --delete "$T/fresh/" "$a:"
		no "$name: nor by a link that lies in it" rsync_to -aI \
		    --inplace "$T/fresh/f" "$a:cache/up/f"
		is "$name: ... what is there stays as it was" \
		    "$(cat "$root/f") $(date -r "$root/f" +%Y)" "old 2001"
		ok "$name: --delete in it" \
		    rsync_to -a --delete "$T/fresh/" "$a:cache/"
		no "$name: ... removes" test -e "$root/cache/gone"
		serve "$a" "--create-only --free=cache --verify=name $jail" \
		    "$root"
		rm "$T"/fresh/*
		echo whole >"$T/whole"
		digest=$(sha256sum <"$T/whole")
		digest=${digest%% *}
		cp "$T/whole" "$T/fresh/$digest"
		ok "$name: a name that is the digest" \
		    rsync_to -a "$T/fresh/" "$a:cache/"
		echo other >"$T/fresh/$digest"
		no "$name: ... of other contents" \
		    rsync_to -aI "$T/fresh/" "$a:cache/"
		like "$name: ... is told so" "$(cat "$T/ok.out")" \
		    "*contents don't match their names*"
		no "$name: ... in place" \
		    rsync_to -aI --inplace "$T/fresh/" "$a:cache/"
		ok "$name: ... stays" cmp "$T/whole" "$root/cache/$digest"
	done
done

cp "$BUILD/tests/fault/poorfs" "$T/bin/"
for kind in ramfs overlay poor:birth,noreplace,exchange,tmpfile,dirover \
    poor:all; do
	for a in $ACCOUNTS; do
		if [ "$E2E_NAMESPACE" != yes ]; then
			skip "$a: $kind" "needs a mount namespace"
			continue
		fi
		root=$(make_root "$a" "${kind%%:*}")
		if ! mount_at "$kind" "$root"; then
			skip "$a: $kind" "no FUSE on this machine"
			continue
		fi
		echo old >"$root/old"
		touch -d 2001-01-01 "$root/old"
		own "$a" "$root"
		serve "$a" --create-only "$root"
		mkdir -p "$T/new"
		echo new >"$T/new/old"
		hard=-aH
		[ "$kind" != poor:all ] || hard=-a # it has no links
		ok "$a: $kind: a push" rsync_to $hard "$T/up/" "$a:"
		ok "$a: $kind: has come whole, with modes and times" \
		    same_tree "$T/up/sub" "$root/sub" "%m %T@"
		ok "$a: $kind: the same again" rsync_to $hard "$T/up/" "$a:"
		ok "$a: $kind: a push over what exists" rsync_to -aI \
		    "$T/new/" "$a:"
		is "$a: $kind: has not changed it" \
		    "$(cat "$root/old") $(date -r "$root/old" +%Y)" "old 2001"
		ok "$a: $kind: rotation" rsync_to $hard --link-dest=../sub \
		    "$T/up/sub/" "$a:next/"
		[ $hard = -a ] || is "$a: $kind: has linked" \
		    "$(stat -c %h "$root/next/2")" 2
		unmount_at "$kind" "$root"
		rm -rf "$T/new"
	done
done
client rsync
finish
