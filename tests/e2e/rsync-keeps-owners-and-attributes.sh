#!/bin/bash
# What -A, -X and -o carry arrives as it was, both ways, by plain and by
# secluded arguments: ACLs and attributes for everybody, in a user namespace,
# too; owners, trusted attributes and Samba's ACLs for root, in every mode.
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

# --- a user namespace: entries of an ACL are ids of the machine --------------
for a in $ACCOUNTS; do
	[ "$a" != root ] || continue
	root=$(make_root "$a" userns)
	serve "$a" --jail=namespace "$root"
	rm -rf "$T/mine" "$T/back"
	cp -a "$T/src" "$T/mine"
	own "$a" "$T/mine"
	ok "$a: a user namespace: push" rsync_to -aAX --numeric-ids \
	    "$T/mine/" "$a:t/"
	ok "$a: a user namespace: push: all is kept" \
	    same_attributes "$T/mine" "$root/t"
	ok "$a: a user namespace: pull" rsync_to -aAX --numeric-ids \
	    "$a:t/" "$T/back/"
	ok "$a: a user namespace: pull: all is kept" \
	    same_attributes "$T/mine" "$T/back"
	is "$a: a user namespace: a second push moves nothing" "$(rsync_to \
	    -aAXi --numeric-ids --no-o --no-g "$T/mine/" "$a:t/")" ""
	serve "$a" "--jail=namespace --read-only" "$root"
	rm -rf "$T/back"
	ok "$a: a user namespace: read-only: pull" rsync_to -aAX \
	    --numeric-ids "$a:t/" "$T/back/"
	ok "$a: a user namespace: read-only: pull: all is kept" \
	    same_attributes "$T/mine" "$T/back"
done

# --- root's attributes -------------------------------------------------------

# roots_attributes DIRECTORY: all that there are, symlinks' own, too.
roots_attributes() {
	(
		cd "$1" || exit
		find . -print0 | sort -z |
		    xargs -0 getfattr -h -d -m - 2>/dev/null
	)
}

same_roots_attributes() {
	[ "$(roots_attributes "$1" | grep -c '^trusted')" -ge 4 ] &&
	    diff <(roots_attributes "$1") <(roots_attributes "$2")
}

if [[ " $ACCOUNTS " == *" root "* ]]; then
	a=root
	root=$(make_root "$a" trusted)
	for name in acl dir dir/attribute link; do
		setfattr -h -n trusted.ours -v "of $name" "$T/src/$name"
		setfattr -h -n security.NTACL -v 0x0400 "$T/src/$name"
	done
	setfattr -n trusted.overlay.opaque -v y "$T/src/dir"
	[ ! -x /sbin/setcap ] || /sbin/setcap cap_net_raw+ep "$T/src/acl"
	serve "$a" "" "$root"
	rm -rf "$T/back"
	ok "$a: trusted: push" rsync_to -aAX "$T/src/" "$a:t/"
	ok "$a: trusted: push: all is kept" \
	    same_roots_attributes "$T/src" "$root/t"
	ok "$a: trusted: pull" rsync_to -aAX "$a:t/" "$T/back/"
	ok "$a: trusted: pull: all is kept" \
	    same_roots_attributes "$T/src" "$T/back"
	is "$a: trusted: a second push moves nothing" \
	    "$(rsync_to -aAXi "$T/src/" "$a:t/")" ""
	setfattr -x trusted.ours "$T/src/acl"
	setfattr -n trusted.ours -v other "$T/src/dir/attribute"
	ok "$a: trusted: a change is pushed" rsync_to -aAX "$T/src/" "$a:t/"
	ok "$a: trusted: ... and a removal" \
	    same_roots_attributes "$T/src" "$root/t"
	for mode in read-only create-only; do
		rm -rf "$T/back"
		serve "$a" "--$mode" "$root"
		ok "$a: trusted: $mode: pull" rsync_to -aAX "$a:t/" "$T/back/"
		ok "$a: trusted: $mode: pull: all is kept" \
		    same_roots_attributes "$T/src" "$T/back"
	done
	ok "$a: trusted: create-only: push of what is new" \
	    rsync_to -aAX "$T/src/" "$a:new/"
	ok "$a: trusted: create-only: push: all is kept" \
	    same_roots_attributes "$T/src" "$root/new"
	setfattr -n trusted.ours -v later "$T/src/dir/attribute"
	rsync_to -aAX "$T/src/" "$a:t/" >"$T/out" 2>&1
	is "$a: trusted: create-only: what exists keeps its own" \
	    "$(getfattr --only-values -n trusted.ours \
		"$root/t/dir/attribute" 2>/dev/null)" other

	# What is not to be set is named, and the rest arrives.
	serve "$a" "" "$root"
	setfattr -n security.evil -v x "$T/src/acl"
	rsync_to -aAX "$T/src/" "$a:evil/" >"$T/out" 2>&1
	is "$a: another name of security.*: the status says so" $? 23
	like "$a: ... and its client hears which" "$(cat "$T/out")" \
	    "*security.evil*"
	is "$a: ... and it isn't there" "$(getfattr --only-values \
	    -n security.evil "$root/evil/acl" 2>/dev/null)" ""
	is "$a: ... but what else came is" "$(getfattr --only-values \
	    -n trusted.ours "$root/evil/dir/attribute" 2>/dev/null)" later
fi
client rsync
finish
