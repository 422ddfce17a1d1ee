#!/bin/bash
# ACLs and attributes of what the account can't open for reading arrive as
# with bare rsync, which names such objects by a descriptor in /proc.
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
		for name in d300 f200 f000 f444; do
			stat -c '%n %a' $name
			getfacl -cpn $name 2>&1
			getfattr -d $name 2>&1
		done
	)
}

for a in $ACCOUNTS; do
	rm -rf "$T/src" "$T/bare"
	mkdir -p "$T/src/d300" "$T/bare"
	touch "$T"/src/{f200,f000,f444}
	if ! setfacl -m user:60002:r-x "$T"/src/* 2>"$T/err" ||
	    ! setfattr -n user.k -v new "$T"/src/* 2>>"$T/err"; then
		skip "$a" "no ACLs or attributes here"
		continue
	fi
	chmod 300 "$T/src/d300"
	chmod 200 "$T/src/f200"
	chmod 000 "$T/src/f000"
	chmod 444 "$T/src/f444"
	root=$(make_root "$a")
	BECOME=
	[ "$a" = root ] || BECOME="setpriv --reuid=$a --regid=$a
	    --clear-groups --inh-caps=-all --"
	export BECOME
	mkdir "$root/d300"
	setfacl -m user:60009:rwx "$root/d300"
	cp -a "$root/d300" "$T/bare/"
	own "$a" "$T/src" "$T/bare" "$root"
	chmod 300 "$root/d300" "$T/bare/d300"
	ok "$a: control: bare rsync" push "" "$T/bare"
	like "$a: control: it brings them" "$(shown "$T/bare")" \
	    "*d300 300*user:60002*user.k=*f000*user:60002*user.k=*"
	ok "$a: a push" push "$GATE" "$root"
	is "$a: brings the same" "$(shown "$root")" "$(shown "$T/bare")"
done
client rsync
finish
