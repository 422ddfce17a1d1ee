#!/bin/bash
# Checksums, ls, df, test and the rest are compared with coreutils' own, in the
# same directory, over names with every byte that a name can have. What is
# meant to differ stands in "differs" below, and nothing else may.
#
# timeout: 240
. "$(dirname "$0")/lib.sh"
# shellcheck disable=SC2034 # lib.sh reads it
SHARED=yes
start_sshd

# What is ours on purpose:
#   - complaints quote a name as our log does, "..." with \xHH: what a client
#     sent never comes back raw (coreutils: '...' or $'...' by the locale);
#   - ls -l has the columns of SFTP's listings, which do not grow with what
#     stands in them;
#   - ".." of the root is the root;
#   - ls sorts by bytes (coreutils: by the locale; LC_ALL=C here);
#   - df's first and last fields are "filesonly" and "/";
#   - what coreutils takes beyond the options served is refused with status 1.
differs='
s/^\([a-z0-9]*: \)\(cannot [a-z ]*[a-z]\)\{0,1\}.*: \([A-Z].*\)$/\1\2 \3/
'

# make_names DIR: a file for each byte but "/" and NUL, alone and in a name.
make_names() {
	/usr/bin/python3 - "$1" <<-'END'
	import os
	import sys

	top = os.fsencode(sys.argv[1])
	for byte in range(1, 256):
	    if byte == 0x2f:
	        continue
	    for name in (bytes([byte]), b"a" + bytes([byte]) + b"z"):
	        if name == b".":
	            continue
	        with open(os.path.join(top, name), "wb") as file:
	            file.write(name * byte)
	with open(os.path.join(top, b"x" * 255), "wb"):
	    pass
	END
}

# quoted NAME: as rclone writes it, a backslash before what may mean something.
quoted() {
	LC_ALL=C printf '%s' "$1" | LC_ALL=C sed -z \
	    's/[^A-Za-z0-9_.,:/@\x80-\xff-]/\\&/g; s/\\\n/'"'\\n'"'/g'
}

# both ACCOUNT COMMAND: ours into $T/ours, coreutils' into $T/theirs, each with
# its complaints behind and its status at the end.
both() {
	ssh_to "$1" "$2" >"$T/ours" 2>"$T/ours.err" </dev/null
	echo "status $?" >>"$T/ours.err"
	(
		cd "$root" || exit
		LC_ALL=C as "$1" sh -c "$2" >"$T/theirs" 2>"$T/theirs.err" \
		    </dev/null
		echo "status $?" >>"$T/theirs.err"
	)
	sed -i "$differs" "$T/ours.err" "$T/theirs.err"
}

# alike ACCOUNT COMMAND: the same bytes, the same complaints and status.
alike() {
	both "$1" "$2"
	if cmp -s "$T/ours" "$T/theirs" &&
	    cmp -s "$T/ours.err" "$T/theirs.err"; then
		pass "$1: $(cut -c1-60 <<<"$2" | head -n 1)"
		return
	fi
	fail "$1: $(cut -c1-60 <<<"$2" | head -n 1)"
	note "$(diff "$T/theirs" "$T/ours" | head -n 6 | cat -v)"
	note "$(diff "$T/theirs.err" "$T/ours.err" | head -n 6 | cat -v)"
}

# df_alike ACCOUNT COMMAND: the same heads, fields and columns.
df_alike() {
	both "$1" "$2 ."
	for side in ours theirs; do
		# Where the first and the last field begin and end is the
		# device's and the mount's.
		sed -i '2s/^[^ ]* */X /; 2s/[^ ]*$/Y/' "$T/$side"
		sed -i '1s/^Filesystem */X /' "$T/$side"
	done
	cmp "$T/ours" "$T/theirs"
}

SUMS="md5sum sha1sum sha224sum sha256sum sha384sum sha512sum"
for account in $ACCOUNTS; do
	root=$(make_root "$account")
	serve "$account" "" "$root"
	mkdir "$root/names" "$root/d" "$root/d/e" "$root/closed" \
	    "$root/shut" "$root/shut/below"
	make_names "$root/names"
	echo one >"$root/one"
	echo "two words" >"$root/two words"
	: >"$root/empty"
	head -c 3000001 /dev/urandom >"$root/large"
	ln -s d "$root/to-d"
	ln -s one "$root/to-one"
	ln -s nowhere "$root/to-nothing"
	ln -s loop "$root/loop"
	: >"$root/.dot"
	: >"$root/shut/in"
	own "$account" "$root"
	chmod 0 "$root/closed"
	chmod 444 "$root/shut"

	# --- checksums
	for sum in $SUMS; do
		alike "$account" "$sum"
		alike "$account" "$sum one"
		alike "$account" "$sum large empty 'two words'"
	done
	alike "$account" "md5sum names/*"
	is "$account: ... each byte that a name can have" \
	    "$(wc -l <"$T/ours")" 508
	alike "$account" "sha256sum -b names/?"
	alike "$account" "sha1sum -t names/a\\\\z names/a'
'z $(quoted $'names/a\rz')"
	alike "$account" "md5sum -- one"
	alike "$account" "md5sum -b one -t two\\ words"
	alike "$account" "md5sum --binary one"
	alike "$account" "md5sum missing one"
	alike "$account" "md5sum one d"
	alike "$account" "md5sum loop to-nothing to-one"
	alike "$account" "md5sum ./one d/../one"
	alike "$account" "md5sum ''"
	alike "$account" "md5sum -"
	while IFS= read -rd '' name; do
		ssh_to "$account" "md5sum $(quoted "$name")" </dev/null
	done >"$T/ours" < <(cd "$root" &&
	    find names -name 'a[!-~]z' -print0 | sort -z | head -z -n 40)
	(cd "$root" && find names -name 'a[!-~]z' -print0 | sort -z |
	    head -z -n 40 | xargs -0 -n 1 md5sum) >"$T/theirs"
	ok "$account: names quoted as rclone does" cmp "$T/ours" "$T/theirs"
	is "$account: what comes on stdin is hashed" \
	    "$(ssh_to "$account" "sha256sum -" <"$root/large" 2>&1)" \
	    "$(sha256sum <"$root/large")"
	is "$account: ... from the first connection on: rclone's probe" \
	    "$(ssh_to "$account" md5sum </dev/null)" \
	    "d41d8cd98f00b204e9800998ecf8427e  -"

	# --- ls
	alike "$account" "ls"
	alike "$account" "ls -1"
	alike "$account" "ls -a"
	alike "$account" "ls -1 names"
	alike "$account" "ls -1 names/*"
	alike "$account" "ls -a names d missing one"
	alike "$account" "ls to-d to-one to-nothing"
	alike "$account" "ls to-d/"
	alike "$account" "ls d one -1"
	alike "$account" "ls -- d"
	alike "$account" "ls nothing*"
	alike "$account" "ls 'names/*'"
	alike "$account" "ls -h d"
	if [ "$account" != root ]; then
		alike "$account" "ls closed"
		# What is there and can't be looked at is not left out.
		alike "$account" "ls shut"
		alike "$account" "md5sum shut/*"
		alike "$account" "ls shut/*"
		both "$account" "ls -l shut"
		is "$account: ls -l of what may be listed only" \
		    "$(tr -s ' ' <"$T/ours")" "$(tr -s ' ' <"$T/theirs")"
		is "$account: ... is complained of" "$(cat "$T/ours.err")" \
		    "$(cat "$T/theirs.err")"
		batch "$account" "ls -1 shut"
		is "$account: ... and sftp lists the names" \
		    "$(grep ^shut "$T/out" | sort | xargs)" "shut/below shut/in"
		no "$account: ... so that get -r fails" \
		    batch "$account" "get -r shut $T/got-$account"
	fi
	both "$account" "ls -la"
	is "$account: ls -la has coreutils' fields" \
	    "$(grep -v ' \.\.$' "$T/ours" | tr -s ' ')" \
	    "$(grep -v ' \.\.$' "$T/theirs" | tr -s ' ')"
	both "$account" "ls -lah names one"
	is "$account: ls -lah, too" \
	    "$(tr -s ' ' <"$T/ours")" "$(tr -s ' ' <"$T/theirs")"

	# --- df: the fields in between, in coreutils' columns
	for options in "" -k -P -Pk -h -Ph -hk "-k -h" "-kP -h -k"; do
		# Others write to the disk meanwhile.
		ok "$account: df $options" within 20 df_alike "$account" \
		    "df $options"
	done
	is "$account: df says nothing of the machine" \
	    "$(ssh_to "$account" df | awk 'NR == 2 { print $1, $6 }')" \
	    "filesonly /"
	both "$account" "df missing"
	is "$account: df of what is missing" "$(tail -n 1 "$T/ours.err")" \
	    "status 1"

	# --- what clients ask, and what they make
	for path in one d to-d to-one to-nothing loop missing one/x names/a\ z \
	    ''; do
		for option in -d -e -f; do
			alike "$account" "test $option '$path'"
		done
	done
	alike "$account" "true"
	alike "$account" "exit"
	alike "$account" "exit 0"
	alike "$account" ":"
	alike "$account" "cd d"
	is "$account: cd to what is no directory" \
	    "$(ssh_to "$account" "cd one" 2>&1)" 'cd: "one": Not a directory'
	is "$account: pwd" "$(ssh_to "$account" pwd)" /
	alike "$account" 'echo ${ShellId}%ComSpec%'
	alike "$account" "mkdir d"
	alike "$account" "mkdir one/x"
	alike "$account" "mkdir missing/x"
	alike "$account" "mkdir ''"
	alike "$account" "mkdir -p d d/e one/x"
	ssh_to "$account" "mkdir -p new/a\\ b/c/ ~/other//x/." </dev/null
	is "$account: mkdir -p makes what is missing" $? 0
	ok "$account: ... all of it" test -d "$root/new/a b/c"
	ok "$account: ... from the start directory, too" \
	    test -d "$root/other/x"
	is "$account: ... with the usual mode, for the account" \
	    "$(stat -c '%a %U' "$root/new")" "755 $account"
	no "$account: mkdir of what is there fails" \
	    ssh_to "$account" "mkdir new"

	# --- refused: with a control for each
	for command in "ls -R" "ls --color" "mkdir -m 777 x" "df -i" \
	    "test one" "md5sum -c one" "exit 1" "echo x" "pwd -P" "true x" \
	    "ls ~root" "md5sum one; id" "ls | cat" 'ls $HOME'; do
		ssh_to "$account" "$command" >"$T/out" 2>"$T/err" </dev/null
		is "$account: $command is refused" \
		    "$? $(wc -c <"$T/out") $(wc -l <"$T/err")" "1 0 1"
		like "$account: ... in words" "$(cat "$T/err")" "filesonly: *"
	done
	chmod 700 "$root/closed" "$root/shut"
done

# --- a start directory, and names that are barred
for account in $ACCOUNTS; do
	root=$(make_root "$account" barred)
	mkdir "$root/start"
	echo in >"$root/start/in"
	echo up >"$root/up"
	echo k >"$root/start/x.key"
	echo d >"$root/start/x.deny"
	own "$account" "$root"
	options="--start-dir=/start --services=sftp,sum,cmd"
	serve "$account" "$options" "$root"
	is "$account: control: all is listed" \
	    "$(ssh_to "$account" "ls" | tr '\n' ' ')" "in x.deny x.key "
	ok "$account: control: ... and hashed" \
	    ssh_to "$account" "md5sum x.key x.deny"
	is "$account: pwd is the start directory" \
	    "$(ssh_to "$account" pwd)" /start
	is "$account: so is ~, and paths begin there" \
	    "$(ssh_to "$account" "ls ~/in in ../up /up" | tr '\n' ' ')" \
	    "../up /start/in /up in "
	serve "$account" "$options --hide=*.key --deny=*.deny" "$root"
	is "$account: a hidden name is not listed" \
	    "$(ssh_to "$account" "ls" | tr '\n' ' ')" "in x.deny "
	is "$account: ... nor matched, where a denied one is and refused" \
	    "$(ssh_to "$account" "ls x*" 2>&1)" \
	    'ls: cannot access "x.deny": Permission denied'
	no "$account: ... nor there for test" ssh_to "$account" "test -e x.key"
	for command in "md5sum x.key" "ls x.key" "df x.key"; do
		no "$account: ... nor there for $command" \
		    ssh_to "$account" "$command"
		like "$account: ... which says no more" \
		    "$(cat "$T/ok.out")" "*No such file*"
	done
	for command in "md5sum x.deny" "mkdir new.deny" "mkdir new.key"; do
		no "$account: a denied name is refused: $command" \
		    ssh_to "$account" "$command"
	done
	is "$account: ... and none was made" \
	    "$(cd "$root/start" && echo ./*)" "./in ./x.deny ./x.key"
	no "$account: nothing is above the root" \
	    ssh_to "$account" "ls ../../../etc/passwd"

	# --- whose names are shown, and what is mounted below
	id=$(id -u "$account")
	serve "$account" "" "$root"
	is "$account: control: ls -l shows the owner's name" \
	    "$(ssh_to "$account" "ls -l up" | awk '{ print $3 }')" "$account"
	serve "$account" "--names=none" "$root"
	is "$account: ... and its number where names are not shown" \
	    "$(ssh_to "$account" "ls -l up" | awk '{ print $3 }')" "$id"
	if [ "$E2E_NAMESPACE" != yes ]; then
		skip "$account: what is mounted below" "needs a mount namespace"
		continue
	fi
	mkdir "$root/mounted"
	mount -t tmpfs -o mode=777 tmpfs "$root/mounted"
	echo m >"$root/mounted/file"
	chmod 644 "$root/mounted/file"
	serve "$account" "" "$root"
	ok "$account: control: what is mounted below is read" \
	    ssh_to "$account" "md5sum mounted/file"
	serve "$account" "--one-file-system" "$root"
	# A user hears that it is another one; in root's namespace there is
	# nothing there.
	for command in "md5sum mounted/file" "ls mounted/file" \
	    "df mounted/file" "test -e mounted/file" \
	    "mkdir mounted/file/x"; do
		no "$account: ... but not of one file system: $command" \
		    ssh_to "$account" "$command"
	done
	is "$account: ... and no name is listed" \
	    "$(ssh_to "$account" "ls mounted" 2>/dev/null)" ""
	unshare_connection "$account"
	umount "$root/mounted"
done
client ssh
finish
