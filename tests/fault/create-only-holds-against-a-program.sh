#!/bin/bash
# A hostile program in rsync's place, in create-only: every way to change what
# exists works without the jail and fails in it, or is answered and undone;
# what the program makes itself stays its own. For a user and for root,
# and on other file systems.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/../e2e/mounts"

GREEDY=$T/bin/greedy
cp "$BUILD/tests/fault/greedy" "$GREEDY"
cp "$BUILD"/tests/fault/{lack,poorfs} "$T/bin/"
W=$T/w # the root and its log
# What sessions at the border bring out; one may link what another moves out.
NEW='^(left-[0-9-]+|linked) |  \./(left-[0-9-]+|linked)$'

# world ACCOUNT PLAN: a fresh root, a victim in it for each act.
world() {
	local act
	rm -rf "$W"
	mkdir -p "$W/root/v" "$W/root/free"
	for act in $ACTS; do
		echo keep >"$W/root/v/$act"
	done
	# Not every file system has attributes.
	setfattr -n user.there -v x "$W"/root/v/* 2>/dev/null
	(cd "$W/root/v" && xargs printf '%s.d\n' <<<"$ACTS" | xargs mkdir)
	touch -d 2001-01-01 "$W"/root/v/*
	printf '%s' "$2" >"$W/root/plan"
	own "$1" "$W"
	chmod 755 "$W"
}

# What exists, name by name; not how many names a file has.
state() {
	(
		cd "$W/root/v" || exit
		find . -mindepth 1 \
		    -printf '%P %y %m %U %G %s %T@ %l\n' | grep -v '^late' |
		    sort
		find . -type f ! -name late -exec sha256sum {} + | sort -k2
		getfattr -d -- * 2>/dev/null
	)
}

# What is told of one act's victims.
state_of() {
	grep -E "(^| |\./)$1(\.d)?( |\$)" <<<"$2"
	awk -v name="# file: $1" '$0 == name, /^$/' <<<"$2"
}

# jailed ACCOUNT OPTION...: the program in rsync's place.
jailed() {
	as "$1" env SSH_ORIGINAL_COMMAND="rsync --server -re.iLs . ." \
	    timeout -k 10 60 "$GATE" --create-only "${@:2}" --audit="$W/log" \
	    --rsync="$GREEDY" "$W/root" </dev/null >"${OUT:-$T/jailed}" \
	    2>"$T/err"
}

result() {
	awk -v act="$2" '$1 == act { print $2 }' "$1"
}

ACTS=$(grep -oE 'ACT\([a-z_0-9]+\)' "$SOURCE/tests/fault/greedy.c" |
    sed 's/ACT(//; s/)//; /^function$/d' | sort -u)
# By calls that the filter denies or that truncate what can't be written, or
# over the border.
FREE_FAILS="open_read_truncate open_creat open_how open_access_3 open_by_link"
FREE_FAILS+=" truncate_path rename_over rename_exchange rename_directory"
FREE_FAILS+=" meta_chmod_link own_link"
for account in $ACCOUNTS; do
	world "$account" ""
	before=$(state)
	as "$account" bash -c "cd '$W/root' && '$GREEDY'" >"$T/control" \
	    2>"$T/err"
	after=$(state)
	is "$account: control: all acts were tried" \
	    "$(wc -l <"$T/control")" "$(wc -w <<<"$ACTS")"
	while read -r act got; do
		# Linux has no such way in; it is tried all the same.
		[ "$act" = open_access_3 ] && continue
		is "$account: control: $act works" "$got" 0
		case $act in
		own_*) ;;
		*)
			no "$account: control: $act changes what exists" \
			    [ "$(state_of "$act" "$before")" = \
			    "$(state_of "$act" "$after")" ]
			;;
		esac
	done <"$T/control"

	for jail in "" --jail=namespace; do
		name="$account$jail"
		world "$account" ""
		before=$(state)
		jailed "$account" ${jail:+"$jail"}
		is "$name: the program has ended" $? 0
		is "$name: all acts were tried" \
		    "$(awk '{ print $1 }' "$T/jailed")" \
		    "$(awk '{ print $1 }' "$T/control")"
		while read -r act got; do
			case $act in
			own_*) is "$name: $act works" "$got" 0 ;;
			meta_*) is "$name: $act is answered" "$got" 0 ;;
			*) no "$name: $act fails" [ "${got:-0}" = 0 ] ;;
			esac
		done <"$T/jailed"
		is "$name: what existed is as it was" "$(state)" "$before"
		is "$name: what was left undone is counted" \
		    "$(sed -n 's/.* kept=//p' "$W/log")" \
		    "$(grep -c '^meta_' "$T/jailed")"
		no "$name: nothing is left of our own names" \
		    bash -c "ls -A '$W/root' | grep filesonly"
	done

	# The supervisor reads for the program; its session ends all the same.
	for jail in "" --jail=namespace; do
		name="$account$jail, verify"
		world "$account" hours
		jailed "$account" ${jail:+"$jail"} --verify=name \
		    --session-timeout=2
		is "$name: control: what is right gets its name" \
		    "$(result "$T/jailed" hours_right)" 0
		is "$name: there is a file that it takes hours to read" \
		    "$(result "$T/jailed" hours_huge)" 0
		like "$name: the session ends meanwhile" \
		    "$(grep event=end "$W/log")" "*reason=session-timeout*"
		ok "$name: the file has its old name" test -f "$W/root/huge"
	done

	# The victims lie in a free directory, or beside one.
	for jail in "" --jail=namespace; do
		name="$account$jail, free"
		world "$account" ""
		before=$(state)
		jailed "$account" ${jail:+"$jail"} --free=v
		is "$name: all but what is never served works, or crosses the border" \
		    "$(awk '$2 != 0 { print $1 }' "$T/jailed" | xargs)" \
		    "$FREE_FAILS"
		no "$name: nothing is left undone" grep -q kept= "$W/log"
		for act in open_write open_truncate remove_file meta_chmod; do
			no "$name: $act changes what existed" \
			    [ "$(state_of "$act" "$before")" = \
			    "$(state_of "$act" "$(state)")" ]
		done
		world "$account" ""
		before=$(state)
		jailed "$account" ${jail:+"$jail"} --free=free
		is "$name elsewhere: all acts were tried" \
		    "$(awk '{ print $1 }' "$T/jailed")" \
		    "$(awk '{ print $1 }' "$T/control")"
		is "$name elsewhere: what existed is as it was" \
		    "$(state)" "$before"

		world "$account" border
		before=$(state)
		for i in 1 2; do
			OUT=$T/jailed.$i jailed "$account" \
			    ${jail:+"$jail"} --free=free --own-window=1 &
			jobs[i]=$!
		done
		jailed "$account" ${jail:+"$jail"} --free=free --own-window=1
		is "$name: three sessions at its border have ended" $? 0
		wait "${jobs[@]}"
		is "$name: they wrote, moved out and removed there" \
		    "$(awk '$2 > 0 { print $1 }' "$T/jailed" | xargs)" \
		    "written left removed"
		is "$name: what existed outside is as it was" \
		    "$(state | grep -vE "$NEW")" \
		    "$before"
	done

	# read-only where Landlock doesn't know of truncating (Linux 6.1).
	world "$account" ""
	before=$(state)
	as "$account" env \
	    SSH_ORIGINAL_COMMAND="rsync --server --sender -re.iLs . ." \
	    timeout 60 "$T/bin/lack" abi=2 -- "$GATE" --read-only \
	    --audit="$W/log" --rsync="$GREEDY" "$W/root" </dev/null \
	    >"$T/jailed" 2>"$T/err"
	is "$account: read-only, ABI 2: the program has ended" $? 0
	like "$account: read-only, ABI 2: is what stands" \
	    "$(grep event=start "$W/log")" "*landlock2+*"
	is "$account: read-only, ABI 2: all acts were tried" \
	    "$(awk '{ print $1 }' "$T/jailed")" \
	    "$(awk '{ print $1 }' "$T/control")"
	is "$account: read-only, ABI 2: reading works, and nothing else" \
	    "$(awk '$2 == 0 { print $1 }' "$T/jailed")" own_read
	is "$account: read-only, ABI 2: what existed is as it was" \
	    "$(state)" "$before"

	world "$account" race
	before=$(state)
	jailed "$account"
	like "$account: names that flip: some acts were done" \
	    "$(cat "$T/jailed")" "raced [1-9]*"
	is "$account: names that flip: what existed is as it was" "$(state)" \
	    "$before"

	world "$account" flip
	before=$(state)
	jailed "$account" --own-window=1
	is "$account: numbers that flip: an old file was open" \
	    "$(result "$T/jailed" flip_old)" 0
	is "$account: numbers that flip: it is not renamed" \
	    "$(result "$T/jailed" flip_rename)" 1
	is "$account: numbers that flip: nor changed" "$(state)" "$before"

	world "$account" late
	jailed "$account" --own-window=2 &
	job=$!
	while [ ! -e "$W/root/dropped" ] && kill -0 $job 2>/dev/null; do
		sleep 0.05
	done
	as "$account" sh -c "echo late >'$W/root/v/late'"
	mode=$(stat -c %a "$W/root/v/late")
	wait $job
	is "$account: a long session: the other's file came" \
	    "$(result "$T/jailed" there)" 0
	is "$account: it can't be removed later" \
	    "$(result "$T/jailed" late_remove)" 1
	is "$account: nor changed" "$(stat -c %a "$W/root/v/late")" "$mode"
	is "$account: nor what the session itself let go of" \
	    "$(result "$T/jailed" late_dropped)" 1
	is "$account: but an upload that takes longer gets its name" \
	    "$(result "$T/jailed" late_held)" 0
	ok "$account: and has it" test -f "$W/root/kept"
done

# --- other file systems: what lacks there may refuse more, and allow no more --

# kept_on NAME: what exists stays, whatever the account tries.
kept_on() {
	local name=$1 before after free act i jobs

	world "$account" ""
	before=$(state)
	as "$account" bash -c "cd '$W/root' && '$GREEDY'" >"$T/control" \
	    2>"$T/err"
	after=$(state)
	for act in open_write open_truncate rename_over rename_away \
	    remove_file remove_directory meta_chmod meta_times; do
		is "$name: control: $act works" \
		    "$(result "$T/control" "$act")" 0
		no "$name: control: $act changes what exists" \
		    [ "$(state_of "$act" "$before")" = \
		    "$(state_of "$act" "$after")" ]
	done

	for free in "" --free=free; do
		world "$account" ""
		before=$(state)
		jailed "$account" ${free:+"$free"}
		is "$name $free: the program has ended" $? 0
		is "$name $free: all acts were tried" \
		    "$(awk '{ print $1 }' "$T/jailed")" \
		    "$(awk '{ print $1 }' "$T/control")"
		is "$name $free: none works on what exists" \
		    "$(awk '!/^(own|meta)_/ && $2 == 0' "$T/jailed")" ""
		is "$name $free: what existed is as it was" "$(state)" \
		    "$before"
	done
	is "$name: writing what is new works" \
	    "$(result "$T/jailed" own_remove)" 0

	world "$account" border-short
	jailed "$account" --free=free
	is "$name: one session wrote, moved out and removed at the border" \
	    "$(awk '$2 > 0 { print $1 }' "$T/jailed" | xargs)" "$works"
	world "$account" border-short
	before=$(state)
	for i in 1 2; do
		OUT=$T/jailed.$i jailed "$account" --free=free \
		    --own-window=1 &
		jobs[i]=$!
	done
	jailed "$account" --free=free --own-window=1
	is "$name: three sessions at the border have ended" $? 0
	wait "${jobs[@]}"
	is "$name: what existed outside is as it was" \
	    "$(state | grep -vE "$NEW")" \
	    "$before"
}

mkdir "$T/ground"
for kind in ext4 tmpfs overlay poor:birth,noreplace,exchange,tmpfile,dirover \
    poor:all; do
	if [ "$E2E_NAMESPACE" != yes ]; then
		skip "$kind" "needs a mount namespace"
		continue
	fi
	if ! mount_at "$kind" "$T/ground"; then
		case $kind in
		ext4) skip "$kind" "no file system can be mounted from a file" ;;
		poor*) skip "$kind" "no FUSE on this machine" ;;
		*) fail "$kind: can be mounted" ;;
		esac
		continue
	fi
	chmod 755 "$T/ground"
	works="written left removed"
	# Without links nothing leaves.
	[ "$kind" != poor:all ] || works="written removed"
	W=$T/ground/w
	for account in $ACCOUNTS; do
		kept_on "$account: $kind"
	done
	unmount_at "$kind" "$T/ground"
done
finish
