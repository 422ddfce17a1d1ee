#!/bin/bash
# Modes, ACLs and attributes of what the account can't open for reading arrive
# as with bare rsync, which names such objects by a descriptor in /proc: in the
# jail that stands by itself, and in a namespace.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || skip_all "needs root"

# The client is root, who reads all; the far end is the account's: ours, or
# with an empty GATE bare rsync.
cat >"$T/bin/rsh" <<'END'
#!/bin/bash
shift
export SSH_ORIGINAL_COMMAND="$*"
cd "$FAR" || exit
# Words as a shell would have made them; BECOME is several.
# shellcheck disable=SC2086
exec $BECOME ${GATE:-/bin/sh -c "$SSH_ORIGINAL_COMMAND"} ${GATE:+"$FAR"}
END
chmod 755 "$T/bin/rsh"

# push GATE FAR: as BECOME.
push() {
	GATE=$1 FAR=$2 rsync -aAX -e "$T/bin/rsh" "$T/src/" host:.
}

# What each object below a directory is like.
shown() {
	(
		cd "$1" || exit
		for name in d300 d755 f200 f000 f444; do
			stat -c '%n %a' $name
			getfacl -cpn $name 2>&1
			getfattr -d $name 2>&1
		done
	)
}

for a in $ACCOUNTS; do
	rm -rf "$T/src" "$T/bare"
	mkdir -p "$T/src/d300" "$T/src/d755" "$T/bare"
	touch "$T"/src/{f200,f000,f444}
	if ! setfacl -m user:60002:r-x "$T"/src/* 2>"$T/err" ||
	    ! setfattr -n user.k -v new "$T"/src/* 2>>"$T/err"; then
		skip "$a" "no ACLs or attributes here"
		continue
	fi
	chmod 300 "$T/src/d300"
	chmod 755 "$T/src/d755"
	chmod 200 "$T/src/f200"
	chmod 000 "$T/src/f000"
	chmod 444 "$T/src/f444"
	BECOME=
	[ "$a" = root ] || BECOME="setpriv --reuid=$a --regid=$a
	    --clear-groups --inh-caps=-all --"
	export BECOME
	for jail in auto namespace; do
		root=$(make_root "$a")
		rm -rf "$T/bare"
		mkdir "$T/bare" "$root"/d{300,755}
		setfacl -m user:60009:rwx "$root"/d{300,755}
		cp -a "$root/." "$T/bare/"
		own "$a" "$T/src" "$T/bare" "$root"
		chmod 300 "$root"/d{300,755} "$T"/bare/d{300,755}
		ok "$a: $jail: control: bare rsync" push "" "$T/bare"
		like "$a: $jail: control: it brings them" \
		    "$(shown "$T/bare")" \
		    "*d300 300*user:60002*user.k=*f000*user:60002*user.k=*"
		ok "$a: $jail: a push" push "$GATE --jail=$jail" "$root"
		is "$a: $jail: brings the same" "$(shown "$root")" \
		    "$(shown "$T/bare")"
		rm -rf "$root"
	done
done
client rsync
finish
