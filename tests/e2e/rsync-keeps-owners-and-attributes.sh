#!/bin/bash
# What -A, -X and -o carry arrives as it was, both ways, by plain and by
# secluded arguments: ACLs and attributes for everybody, owners for root.
. "$(dirname "$0")/lib.sh"
start_sshd

# attributes_of DIRECTORY: owners, modes, ACLs, attributes.
attributes_of() {
	(
		cd "$1" || exit
		find . -printf '%p %m %U %G\n' | sort
		find . ! -type l -print0 | sort -z |
		    xargs -0 getfacl -n 2>/dev/null
		find . ! -type l -print0 | sort -z |
		    xargs -0 getfattr -d -m '^user\.' 2>/dev/null
	)
}

same_attributes() {
	diff <(attributes_of "$1") <(attributes_of "$2")
}

mkdir -p "$T/src/dir"
echo acl >"$T/src/acl"
echo attribute >"$T/src/dir/attribute"
ln -s acl "$T/src/link"
if ! setfacl -m u:12345:rw "$T/src/acl" 2>/dev/null ||
    ! setfacl -d -m g:23456:rx "$T/src/dir" 2>/dev/null ||
    ! setfattr -n user.name -v 'a value' "$T/src/dir/attribute" 2>/dev/null
then
	skip_all "this file system has no ACLs or attributes"
fi
for a in $ACCOUNTS; do
	root=$(make_root "$a")
	serve "$a" "" "$root"
	rm -rf "$T/mine"
	cp -a "$T/src" "$T/mine"
	own "$a" "$T/mine"
	# Root restores what belongs to others.
	[ "$a" != root ] || chown -h 34567:45678 "$T/mine"/*

	for how in "" -s; do
		rm -rf "${root:?}/t" "$T/back"
		# No word, where it is empty.
		# shellcheck disable=SC2086
		ok "$a: push $how" rsync_to -aHAX --numeric-ids $how \
		    "$T/mine/" "$a:t/"
		ok "$a: push $how: all is kept" \
		    same_attributes "$T/mine" "$root/t"
		# shellcheck disable=SC2086
		ok "$a: pull $how" rsync_to -aHAX --numeric-ids $how \
		    "$a:t/" "$T/back/"
		ok "$a: pull $how: all is kept" \
		    same_attributes "$T/mine" "$T/back"
	done
	is "$a: a second push moves nothing" "$(rsync_to -aHAXi \
	    --numeric-ids --no-o --no-g "$T/mine/" "$a:t/")" ""
	for how in "" -s; do
		rm -rf "${root:?}/fake" "$T/back"
		# No word, where it is empty.
		# shellcheck disable=SC2086
		ok "$a: --fake-super at the server $how" rsync_to -aHAX $how \
		    --numeric-ids -M--fake-super "$T/mine/" "$a:fake/"
		# shellcheck disable=SC2086
		ok "$a: and back $how" rsync_to -aHAX --numeric-ids $how \
		    -M--fake-super "$a:fake/" "$T/back/"
		ok "$a: gives what it was $how" \
		    same_attributes "$T/mine" "$T/back"
	done
done
client rsync
finish
