#!/bin/bash
# What "make demo" runs, by filesonlyd and by sshd: it installs nothing without
# root's rights but says how, it performs its four requests, and each command
# that it prints works as printed while it serves.
. "$(dirname "$0")/lib.sh"

# Accounts may not reach the source tree; the scripts know their place.
mkdir "$T/demo"
: >"$T/home-made"
cp -r "$SOURCE/tools" "$T/demo/"
roads="filesonlyd sshd"
if [ -e "$BUILD/filesonlyd" ]; then
	cp "$BUILD/filesonlyd" "$T/bin/" || exit 1
else
	roads=sshd
	skip "filesonlyd at work" "filesonlyd was not built: no libssh"
fi

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
	for stage in demo sshd; do
		as "$account" "$T/demo/tools/install-packages" $stage \
		    >"$T/out" 2>&1
		is "$account: with all for $stage there is nothing to say" \
		    "$? $(cat "$T/out")" "0 "
	done
done

# --- the demonstration -----------------------------------------------------

# demo ROAD ACCOUNT [VARIABLE=VALUE]: the demonstration itself.
demo() {
	local road=$1 account=$2
	shift 2
	as "$account" env TMPDIR=/tmp HOME="$T/home" BUILD="$T/bin" \
	    SSHD="$([ "$road" != sshd ] || echo 1)" "$@" \
	    "$T/demo/tools/demo" >"$T/demo.out" 2>"$T/demo.err" </dev/null
}

# shows ROAD ACCOUNT: the printed commands, tried while it serves.
shows() {
	local road=$1 account=$2 claim="$1: $2" pid line count=0 dir served
	: >"$T/demo.out"
	demo "$road" "$account" &
	pid=$!
	for ((i = 0; i < 600; i++)); do
		grep -q '^Serving until' "$T/demo.out" && break
		kill -0 $pid 2>/dev/null || break
		sleep 0.1
	done
	like "$claim: it serves" "$(tail -n 1 "$T/demo.out")" "Serving until*"
	like "$claim: ... by $road" "$(cat "$T/demo.out")" \
	    "*$road listens on 127.0.0.1, port *"
	like "$claim: a listing was shown" "$(cat "$T/demo.out")" \
	    "*a name with blanks.txt*"
	like "$claim: a shell was refused" "$(cat "$T/demo.out" \
	    "$T/demo.err")" "*filesonly: *there is no shell*"
	dir=$(sed -n 's/^Serving until Ctrl-C; then \(.*\) is removed\.$/\1/p' \
	    "$T/demo.out")
	while read -r line; do
		count=$((count + 1))
		ok "$claim: as printed: ${line//$dir/DIR}" \
		    as "$account" timeout 60 sh -c "$line" </dev/null
	done < <(grep -E '^(sftp|rsync) ' "$T/demo.out")
	is "$claim: sftp and rsync were printed" $count 4
	cmp "$dir/report.txt" "$dir/files/incoming/report.txt"
	is "$claim: the upload is there" $? 0
	# The script itself, below shells of ours and in front of its own.
	served=$(pgrep -of "$T/demo/tools/[d]emo")
	kill -TERM "$served"
	wait $pid 2>/dev/null
	is "$claim: it ends when it is told" $? 0
	no "$claim: its directory is gone" [ -e "$dir" ]
	no "$claim: ... and its server" pgrep -f "$dir/"
}

# once ROAD ACCOUNT: it ends by itself.
once() {
	demo "$1" "$2" ONCE=1
	is "$1: $2: once: status" $? 0
	no "$1: $2: once: does not serve" grep -q '^Serving' "$T/demo.out"
}

chmod 1777 "$T/home"
for road in $roads; do
	for account in $ACCOUNTS; do
		shows "$road" "$account"
		once "$road" "$account"
	done
done
is "nothing is left of them" \
    "$(find /tmp -maxdepth 1 -name 'filesonly-demo.*' -newer "$T/home-made" \
	2>/dev/null)" ""
client sftp
client rsync
finish
