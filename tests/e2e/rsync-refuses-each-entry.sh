#!/bin/bash
# timeout: 200
# Each entry of the option table that is refused somewhere
# (tests/corpus/rsync/options) is refused there by the gate, in a line that
# names the option and the reason, and nothing changes on the disk; the same
# option is first accepted where it is allowed, or, where it never is, the same
# command without it.
. "$(dirname "$0")/lib.sh"

options=$SOURCE/tests/corpus/rsync/options
cp "$BUILD/tests/fault/scribe" "$T/bin/echo"

# ask POLICY COMMAND: what the gate makes of it. In rsync's place stands a
# program that tells with which words it was run.
ask() {
	# The options are words.
	# shellcheck disable=SC2086
	as "$a" env -i HOME=/nonexistent SSH_CONNECTION="127.0.0.1 1 ::1 22" \
	    SSH_ORIGINAL_COMMAND="$2" "$GATE" --rsync="$T/bin/echo" $1 "$root" \
	    </dev/null >"$T/out" 2>"$T/err"
	status=$?
}

# accepted POLICY COMMAND: rsync would have run.
accepted() {
	ask "$1" "$2"
	[[ $status = 0 && ! -s $T/err && $(cat "$T/out") == "--server "* ]] &&
	    return
	problem="\"$2\" is not accepted by \"$1\": $(head -n 1 "$T/err")"
	return 1
}

# refused POLICY COMMAND NAME REASON: by us, in one line, with both.
refused() {
	local line
	ask "$1" "$2"
	line=$(cat "$T/err")
	[[ $status = 1 && ! -s $T/out && $line == "filesonly: "*"$3"*": "*$4* &&
	$line != *$'\n'* ]] && return
	problem="\"$2\" is not refused by \"$1\" with \"$3\" and \"$4\": $line"
	return 1
}

# command SIDE OPTION [VALUE]
command_of() {
	local sender='' option=$2
	[ "$1" = push ] || sender="--sender "
	case $option in --*) option=$option${3:+=$3} ;; *) option=$option${3:-} ;; esac
	echo "rsync --server $sender-re.iLs $option . in"
}

# The sides on which a row's refusals hold; read-only has no push.
sides_of() {
	case $1:$2 in
	*:ro) echo pull ;;
	pull:co) echo pull ;;
	pull:wo) ;; # no pull there
	*:wo | *:co) echo push ;;
	both:*) echo push pull ;;
	*) echo "$1" ;;
	esac
}

# The name of a rule: the gate's option and a word of its reason.
declare -A policies=([ro]=--read-only [wo]=--write-only [co]=--create-only
	[nodel]=--no-delete [noover]=--no-overwrite)
declare -A reasons=([ro]="may only read" [wo]="may only write"
	[co]="may only create" [nodel]="may not delete"
	[noover]="may not change what exists")

# narrowed SPELLING SIDE RULES VALUE
narrowed() {
	local rule side
	for rule in ${3//,/ }; do
		for side in $(sides_of "$2" "$rule"); do
			accepted "" "$(command_of "$side" "$1" "$4")" &&
			    refused "${policies[$rule]}" \
				"$(command_of "$side" "$1" "$4")" "\"$1" \
				"$(reason_of "$1" "$rule" "$side")" || return
		done
	done
}

# A list that is read for the client has a reason of its own.
reason_of() {
	case $1:$3 in
	--files-from:push) echo "may not read lists" ;;
	*) echo "${reasons[$2]}" ;;
	esac
}

never() {
	local side
	for side in push pull; do
		accepted "" "$(command_of $side -v)" &&
		    refused "" "$(command_of $side "$1")" "\"$1" "" || return
	done
	accepted "" "$(command_of push -v)" &&
	    refused "" "$(command_of push "$1" x)" "\"$1" ""
}

# Only where nothing lies outside may symlinks be followed.
followed() {
	local side sides=$2
	[ "$sides" != both ] || sides="push pull"
	for side in $sides; do
		accepted --jail=namespace "$(command_of "$side" "$1")" ||
		    return
		[ "$a" != root ] || continue
		refused "" "$(command_of "$side" "$1")" "\"$1" \
		    "only in a namespace jail" || return
	done
}

# row SPELLING FATE SIDE RULES GOOD BAD: one line of the table.
row() {
	local spelling=$1 fate=$2 side=$3 rules=$4 good=$5 bad=$6
	case $fate in
	never) never "$spelling" || return ;;
	links) followed "$spelling" "$side" || return ;;
	esac
	[ -z "$rules" ] || narrowed "$spelling" "$side" "$rules" "$good" ||
	    return
	[ -z "$bad" ] || {
		accepted "" "$(command_of push "$spelling" "$good")" &&
		    refused "" "$(command_of push "$spelling" "$bad")" \
			"\"$spelling" ""
	}
}

# What the table calls shapes: no options, but pieces of them.
shapes() {
	local word
	for word in -e -esh "-e sh" -re/bin/sh -re.i/ -re.iL-re.s --rsh=sh \
	    -i -f -ri -rf "-r." -rB700 -B -B0 -@ -@x --delet --DELETE \
	    --no-recursive ---delete --=x -- "-$(printf 'v%.0s' {1..70})" \
	    "--timeout 5" "--bwlimit=" "-rs" "--protect-args"; do
		problem=
		if accepted "" "rsync --server -r . in" &&
		    refused "" "rsync --server -r $word . in" "" ""; then
			pass "$a: the shape $word"
		else
			fail "$a: the shape $word"
			note "$problem"
		fi
	done
	for word in "rsync --sender --server -r . in" \
	    "rsync -r --server . in" "rsync --server -r --sender . in" \
	    "rsync --server -r --server . in" "rsync --server" \
	    "rsync --server -r" "rsync --server -r in" "rsync -r . in" \
	    "rsync --daemon ." "rsync --server --daemon ." \
	    "sudo rsync --server -r . in" "nice rsync --server -r . in" \
	    "bin/rsync --server -r . in" "./rsync --server -r . in" \
	    "rsync2 --server -r . in" "RSYNC --server -r . in" \
	    "X=1 rsync --server -r . in" "rsync  --server -r . in; id" \
	    "rsync --server -r . in '"; do
		problem=
		if refused "" "$word" "" ""; then
			pass "$a: the shape $word"
		else
			fail "$a: the shape $word"
			note "$problem"
		fi
	done
}

for a in $ACCOUNTS; do
	root=$(make_root "$a")
	mkdir "$root/in"
	echo content >"$root/in/file"
	echo name >"$root/list"
	own "$a" "$root"
	before=$(tree_of "$root" "%m %T@ %C@")
	rows=0
	while read -r spelling fate side rules good bad; do
		case $spelling in \#* | '') continue ;; esac
		[ "$rules" != - ] || rules=
		[ "$good" != - ] || good=
		# Words that a command line can't hold are the unit tests'.
		case $bad in - | *\\* | *\;*) bad= ;; esac
		[ -n "$rules$bad" ] || [ "$fate" = never ] ||
		    [ "$fate" = links ] || continue
		problem=
		if row "$spelling" "$fate" "$side" "$rules" "$good" "$bad"
		then
			pass "$a: $spelling"
		else
			fail "$a: $spelling"
			note "$problem"
		fi
		rows=$((rows + 1))
	done <"$options"
	ok "$a: more than a hundred entries refuse" test $rows -gt 100
	shapes
	is "$a: nothing has changed on the disk" \
	    "$(tree_of "$root" "%m %T@ %C@")" "$before"
done
finish
