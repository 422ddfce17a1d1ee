#!/bin/bash
# timeout: 200
# A client that speaks rsync's protocol by itself (./hostile-client) gets
# nothing that its account may not have: no content and no names by filter
# rules that name files outside, nothing of what a drop box holds by block
# sums, rules or lists. Each attack is first shown to succeed on bare rsync:
# this release or, where this one has learned better, an older one.
. "$(dirname "$0")/lib.sh"

client_program=$SOURCE/tests/e2e/hostile-client

# The two ways to a server.
local_shells
export BARE_ROOT GATE_ROOT GATE_OPTIONS

# The rsync of an older release, where the distribution has one.
other=
if found=$("$SOURCE/tools/other-rsync" "$SOURCE/build/other-rsync"); then
	cp "$found" "$T/bin/rsync-other"
	other=$T/bin/rsync-other
fi

# attack WAY ATTACK PROTOCOL OPTIONS WORD...: what comes out, by every way,
# then stands in $T/got.
attack() {
	local way=$1 attack=$2 protocol=$3 options=$4
	shift 4
	timeout 60 "$client_program" "$attack" "$protocol" \
	    "${program:-rsync} --server $options" "$@" -- \
	    setpriv --reuid="$a" --regid="$a" --clear-groups \
	    "$T/bin/$way" host >"$T/got" 2>&1
}
[ "$(id -u)" = 0 ] || setpriv() {
	shift 3
	"$@"
}

# out TEXT: did that come out?
out() {
	grep -aqF -- "$1" "$T/got"
}

# --- rules that name files outside -------------------------------------------

# A rule that excludes what an outside file lists: which names vanish from the
# listing tells what the file holds. "secret" lists public, "others" does not.
rules_from_outside() {
	local rule
	for rule in ".-_$above/FILE" ".-_../FILE" ".-_in/../../FILE" \
	    ".-_out/FILE" ":-_$above/FILE" ":-_../../FILE"; do
		GATE_OPTIONS=
		attack bare pull 29 "--sender -r . in/" "${rule/FILE/secret}"
		ok "$a: $rule: control: bare rsync lists the rest" out alpha
		# rsync 3.2.7 looks for the last one elsewhere.
		if [ "$rule" = ":-_../../FILE" ] && out public; then
			note "$a: $rule: this release finds no such file"
		else
			no "$a: $rule: control: what the file lists vanishes" \
			    out public
		fi
		attack gate pull 29 "--sender -r . in/" "${rule/FILE/secret}"
		mv "$T/got" "$T/got-secret"
		attack gate pull 29 "--sender -r . in/" "${rule/FILE/others}"
		is "$a: $rule: the answer does not hang on the file" \
		    "$(sed s/secret/FILE/ "$T/got-secret" | od -c)" \
		    "$(sed s/others/FILE/ "$T/got" | od -c)"
	done
}

# The text of an error, in which older releases repeat the line.
errors_from_outside() {
	local rule
	GATE_OPTIONS=--rsync=$other
	for rule in "._$above/wrong" ._../wrong ._out/wrong ":_$above/wrong"; do
		program=$other attack bare pull 29 "--sender -r . in/" "$rule"
		ok "$a: $rule: control: bare rsync tells the content" \
		    out "the combination"
		attack gate pull 29 "--sender -r . in/" "$rule"
		no "$a: $rule: the content does not come out" \
		    out "the combination"
	done
	attack gate pull 29 "--sender -r . in/" ._in/box
	ok "$a: control: of a file inside it does" out "the treasure"
}

# A list of names is read by the server and sent to the client.
lists_from_outside() {
	local list
	GATE_OPTIONS=
	as "$a" rsync -r -e "$T/bin/bare" --files-from=:../wrong "$T/up/" \
	    h:x >"$T/got" 2>&1
	ok "$a: a list: control: bare rsync sends the text" \
	    out "the combination"
	as "$a" rsync -r -e "$T/bin/gate" --files-from=:in/box "$T/up/" \
	    h:x >"$T/got" 2>&1
	ok "$a: a list: control: one inside is sent" out "the treasure"
	for list in "$above/wrong" ../wrong out/wrong /out/wrong; do
		as "$a" rsync -r -e "$T/bin/gate" "--files-from=:$list" \
		    "$T/up/" h:x >"$T/got" 2>&1
		no "$a: a list: $list is not sent" out "the combination"
	done
}

# --- a drop box --------------------------------------------------------------

# sums WAY PROTOCOL OPTIONS: how many sums of the blocks of in/box come, and
# what they give away.
sums() {
	attack "$1" sums "$2" "-rt -B1 $3 . in/" box 13
	sed -n 's/^sums: //p' "$T/got"
}

block_sums() {
	local protocol option
	GATE_OPTIONS=
	for protocol in 27 28 29; do
		GATE_OPTIONS=
		like "$a: sums: control: protocol $protocol: bare rsync gives \
the content away" "$(sums bare $protocol "")" "13 the treasure*"
		like "$a: sums: control: so it does where it may be read" \
		    "$(sums gate $protocol "")" "13 the treasure*"
		GATE_OPTIONS=--write-only
		is "$a: write-only: protocol $protocol: no sums" \
		    "$(sums gate $protocol "")" "0 "
	done
	for option in --inplace -I --no-W --delay-updates --partial \
	    --partial-dir=/in -b --size-only -z --backup-dir=/in \
	    --checksum-seed=1 --temp-dir=/in --safe-links; do
		is "$a: write-only: $option: no sums" \
		    "$(sums gate 29 "$option")" "0 "
		no "$a: write-only: $option: but it is served" \
		    out "filesonly: "
	done
	for option in --append -y --fuzzy -c --checksum --copy-dest=/in \
	    --compare-dest=/in --link-dest=/in; do
		is "$a: write-only: $option: no sums" \
		    "$(sums gate 29 "$option")" "0 "
		ok "$a: write-only: $option: is refused" \
		    out "the account may only write"
	done
	is "$a: write-only: the file is as it was" "$(cat "$ROOT/in/box")" \
	    "the treasure"
}

# What tells names, in an account that may read and in a drop box.
names() {
	local command
	GATE_OPTIONS=
	attack gate pull 29 "--sender -r . in/"
	ok "$a: names: control: a pull tells them" out public
	attack gate delete 29 "-rnv --delete . in/"
	ok "$a: names: control: so does what would be deleted" \
	    out public
	GATE_OPTIONS=--write-only
	for command in "--sender -r . in/" "--sender -d . in/" \
	    "--sender --list-only -r . in/" "--sender -r . i*/" \
	    "--sender --files-from=- -r . ." "-rnv --delete . in/" \
	    "-rv --delete . in/" "-rnv . in/" "-rv --del . in/" \
	    "-rv --delete-missing-args . in/" "-r --files-from=/in/box . ." \
	    "-r --force . in/" "-rm . in/" "-r --list-only . in/"; do
		attack gate delete 29 "$command"
		no "$a: write-only: $command: tells no name" \
		    grep -aqE 'alpha|public|box|treasure' "$T/got"
		ok "$a: write-only: $command: is refused" out "filesonly: "
	done
	is "$a: write-only: nothing is gone" "$(ls "$ROOT/in")" "$listing"
}

# With -m a receiver reads rules, which name files.
rules_of_a_drop_box() {
	GATE_OPTIONS=--rsync=$other
	attack gate push 29 "-rm . in/" ._in/box
	ok "$a: -m: control: who may read gets the content" \
	    out "the treasure"
	GATE_OPTIONS="--rsync=$other --write-only"
	attack gate push 29 "-rm . in/" ._in/box
	no "$a: -m: not from a drop box" out "the treasure"
	attack gate push 29 "-r . in/" ._in/box
	no "$a: and rules that nobody asked for are none" \
	    out "the treasure"
}

mkdir "$T/up"
for a in $ACCOUNTS; do
	ROOT=$(make_root "$a")
	BARE_ROOT=$ROOT GATE_ROOT=$ROOT
	above=${ROOT%/*}
	mkdir "$ROOT/in"
	touch "$ROOT/in/alpha" "$ROOT/in/public"
	echo "the treasure" >"$ROOT/in/box"
	echo public >"$above/secret"
	echo else >"$above/others"
	echo "the combination" >"$above/wrong"
	ln -s .. "$ROOT/out"
	own "$a" "$above"
	listing=$(ls "$ROOT/in")

	rules_from_outside
	lists_from_outside
	block_sums
	names
	if [ -n "$other" ]; then
		errors_from_outside
		rules_of_a_drop_box
	else
		skip "$a: texts of errors" "no other rsync here"
	fi
done
client "hostile-client, protocols 27 to 29"
finish
