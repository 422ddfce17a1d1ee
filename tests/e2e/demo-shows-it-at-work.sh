#!/bin/bash
# What "make demo" runs: it installs nothing without root's rights but says
# how, it performs its four requests, and each command that it prints works as
# printed while it serves.
. "$(dirname "$0")/lib.sh"

# Accounts may not reach the source tree; the scripts know their place.
mkdir "$T/demo"
: >"$T/home-made"
cp -r "$SOURCE/tools" "$T/demo/"

# --- packages --------------------------------------------------------------

# A machine without rsync and a compiler, on which apt-get must not be run.
mkdir "$T/bare"
for tool in bash id env command pkg-config; do
	path=$(command -v $tool) && [ -x "$path" ] && ln -s "$path" "$T/bare/"
done
cat >"$T/bare/apt-get" <<-END
	#!/bin/bash
	echo "\$*" >>$T/bare/called
END
chmod 755 "$T/bare/apt-get"
chmod 777 "$T/bare"
for account in $ACCOUNTS; do
	[ "$account" != root ] || continue
	as "$account" env PATH="$T/bare" "$T/demo/tools/install-packages" demo \
	    >"$T/out" 2>&1
	is "$account: packages are missing: status" $? 1
	is "$account: ... two lines are printed" "$(wc -l <"$T/out")" 2
	like "$account: ... one of which is to be run" \
	    "$(tail -n 1 "$T/out")" "  apt-get install -y *gcc *rsync*"
	no "$account: ... and nothing was" [ -e "$T/bare/called" ]
	as "$account" "$T/demo/tools/install-packages" demo >"$T/out" 2>&1
	is "$account: with all of them there is nothing to say" \
	    "$? $(cat "$T/out")" "0 "
done

# --- the demonstration -----------------------------------------------------

# shows ACCOUNT: the printed commands, tried while it serves.
shows() {
	local account=$1 pid line count=0 dir
	as "$account" env TMPDIR=/tmp HOME="$T/home" BUILD="$T/bin" \
	    "$T/demo/tools/demo" >"$T/demo.out" 2>"$T/demo.err" </dev/null &
	pid=$!
	for ((i = 0; i < 600; i++)); do
		grep -q '^Serving until' "$T/demo.out" && break
		kill -0 $pid 2>/dev/null || break
		sleep 0.1
	done
	like "$account: it serves" "$(tail -n 1 "$T/demo.out")" "Serving until*"
	like "$account: a listing was shown" "$(cat "$T/demo.out")" \
	    "*a name with blanks.txt*"
	like "$account: a shell was refused" "$(cat "$T/demo.out" \
	    "$T/demo.err")" "*filesonly: *there is no shell*"
	dir=$(sed -n 's/^Serving until Ctrl-C; then \(.*\) is removed\.$/\1/p' \
	    "$T/demo.out")
	while read -r line; do
		count=$((count + 1))
		ok "$account: as printed: ${line//$dir/DIR}" \
		    as "$account" timeout 60 sh -c "$line" </dev/null
	done < <(grep -E '^(sftp|rsync) ' "$T/demo.out")
	is "$account: sftp and rsync were printed" $count 4
	cmp "$dir/report.txt" "$dir/files/incoming/report.txt"
	is "$account: the upload is there" $? 0
	# The demonstration's own process, which "as" has for a child.
	kill -TERM "$(cut -d' ' -f1 "/proc/$pid/task/$pid/children")"
	wait $pid 2>/dev/null
	is "$account: it ends when it is told" $? 0
	no "$account: its directory is gone" [ -e "$dir" ]
}

# once ACCOUNT: it ends by itself.
once() {
	as "$1" env HOME="$T/home" BUILD="$T/bin" ONCE=1 \
	    "$T/demo/tools/demo" >"$T/demo.out" 2>"$T/demo.err" </dev/null
	is "$1: once: status" $? 0
	no "$1: once: does not serve" grep -q '^Serving' "$T/demo.out"
}

chmod 1777 "$T/home"
for account in $ACCOUNTS; do
	shows "$account"
	once "$account"
done
is "nothing is left of them" \
    "$(find /tmp -maxdepth 1 -name 'filesonly-demo.*' -newer "$T/home-made" \
	2>/dev/null)" ""
client sftp
client rsync
finish
