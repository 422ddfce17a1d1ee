#!/bin/bash
# timeout: 200
# Two releases of rsync, each as client and as the server's program, and the
# newer one with the options that it alone knows (--rsync-version=3.5): trees
# with hostile names arrive as they were, by plain and by secluded arguments.
. "$(dirname "$0")/lib.sh"

found=${OTHER_RSYNC:-}
if [ -z "$found" ] &&
    ! found=$("$SOURCE/tools/other-rsync" "$SOURCE/build/other-rsync"); then
	skip_all "no other rsync here"
fi
cp "$found" "$T/bin/rsync-other"
start_sshd

make_tree() {
	local name
	mkdir -p "$1/sub"
	for name in plain 'two words' "q'uo\"te" $'new\nline' 'st*r' -dash \
	    'br[1].txt' br1.txt '{x,y}' '~tilde' $'inv\xff' 'back\slash' \
	    'dollar$x' 'semi;colon' .hidden 'trail ' 'a:b' '#hash'; do
		echo "content of $name" >"$1/$name"
		echo "below $name" >"$1/sub/$name"
	done
	head -c 300000 /dev/urandom >"$1/sub/big"
	ln "$1/plain" "$1/sub/hard"
	ln -s plain "$1/link"
	chmod 640 "$1/plain"
	find "$1" -exec touch -h -d '2021-02-03 04:05:06' {} +
}

# with CLIENT ARGUMENTS...: that rsync as client.
with() {
	timeout 60 "$1" -e "ssh -F $T/ssh_config" "${@:2}"
}

# together CLAIM CLIENT: one release of a client with the server as it is.
together() {
	local claim="$a: $1" client=$2 how name sources
	local names=('two words' $'new\nline' 'br[1].txt' '{x,y}' \
	    "q'uo\"te" 'dollar$x' -dash '~tilde' 'back\slash')
	for how in "" -s; do
		rm -rf "$root/t" "$T/back"
		# No word, where it is empty.
		# shellcheck disable=SC2086
		ok "$claim: push $how" with "$client" -aHAX $how \
		    "$T/src/" "$a:t/"
		ok "$claim: push $how: is the same" \
		    same_tree "$T/src" "$root/t" "%m %T@ %n"
		# shellcheck disable=SC2086
		ok "$claim: pull $how" with "$client" -aHAX $how \
		    "$a:t/" "$T/back/"
		ok "$claim: pull $how: is the same" \
		    same_tree "$T/src" "$T/back" "%m %T@ %n"
		sources=()
		for name in "${names[@]}"; do
			# A [ in a name must be escaped for every rsync.
			sources+=("$a:t/sub/${name//\[1\]/\\[1\\]}")
		done
		rm -rf "$T/got"
		# shellcheck disable=SC2086
		ok "$claim: names $how" with "$client" $how "${sources[@]}" \
		    "$T/got/"
		is "$claim: names $how: all and no other" \
		    "$(cd "$T/got" && cat -- * | sort)" \
		    "$(printf 'below %s\n' "${names[@]}" | sort)"
	done
	ok "$claim: --link-dest" with "$client" -a --link-dest=../t \
	    "$T/src/" "$a:u/"
	is "$claim: --link-dest: links" "$(stat -c %i "$root/u/sub/big")" \
	    "$(stat -c %i "$root/t/sub/big")"
	printf 'sub/big\nplain\n' >"$T/list"
	rm -rf "$T/got"
	ok "$claim: --files-from" with "$client" -a --files-from="$T/list" \
	    "$a:t" "$T/got/"
	is "$claim: --files-from: brings these" \
	    "$(cd "$T/got" && find . -type f | sort | tr '\n' ' ')" \
	    "./plain ./sub/big "
	echo longer than before >"$root/u/plain"
	touch "$root/u/extra"
	own "$a" "$root/u"
	ok "$claim: --delete -b --inplace" with "$client" -ab --inplace \
	    --delete --backup-dir=/old "$T/src/" "$a:u/"
	ok "$claim: --delete -b --inplace: is the same" \
	    same_tree "$T/src" "$root/u" "%m %T@"
	ok "$claim: --backup-dir: keeps" test -f "$root/old/plain" -a \
	    -f "$root/old/extra"
	no "$claim: .. is refused" with "$client" -r "$a:../t" "$T/got2"
	no "$claim: .. brings nothing" test -e "$T/got2"
	rm -rf "${root:?}"/*
}

make_tree "$T/src"
for a in $ACCOUNTS; do
	root=$(make_root "$a")
	serve "$a" "--rsync=$T/bin/rsync-other" "$root"
	together "other client, other server" "$T/bin/rsync-other"
	together "client with the other server" rsync
	serve "$a" "" "$root"
	together "other client" "$T/bin/rsync-other"
	if rsync --help | grep -q confine-root; then
		serve "$a" --rsync-version=3.5 "$root"
		together "with the options of 3.5" rsync
	fi
done
client rsync
client "rsync $("$T/bin/rsync-other" --version | awk 'NR == 1 { print $3 }')"
finish
