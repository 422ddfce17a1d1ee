#!/bin/bash
# filesonlyd alone: sftp and rsync for whoever has a listed key, and nothing
# else; its keys, its limits, its accounts and its end.
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$SOURCE/tests/e2e/filesonlyd.sh"

root=$(make_root "$SERVED")
log=$(make_log "$SERVED")
head -c 3000000 /dev/urandom >"$T/file"
mkdir "$T/tree"
cp "$T/file" "$T/tree/one"
echo two >"$T/tree/two words"
AUTH=--authorized-keys=$T/server/authorized_keys
# The gate may read it; its log lies outside of the root.
GATE_OPTIONS="--audit=$log"
start() {
	stop_server
	server --no-penalties "$AUTH" "$@"
}
refused() {
	no "$1: refused" sftp_to host <<<pwd
}
served() {
	ok "$1: served" sftp_to host <<<pwd
}

"$SERVER" --help >"$T/help"
while read -r option; do
	ok "the manual has $option" \
	    grep -qE -- "Fl -${option#--}( |\$)" \
	    "$SOURCE/conf/man/filesonlyd.8"
done < <(grep -o '^  --[a-z-]*' "$T/help" | tr -d ' ')
is "no line of its help is wrapped" "$(grep -E '.{81}' "$T/help")" ""

# --- what is wrong on its command line -------------------------------------

while IFS='|' read -r words said; do
	# Words are to be split, and no name matches.
	# shellcheck disable=SC2086
	timeout 20 "$SERVER" $words >"$T/out" 2>"$T/err"
	is "\"filesonlyd $words\" is a usage error" $? 2
	is "... which is told" "$(cat "$T/err")" "filesonlyd: $said"
done <<'end'
--bogus /srv|unknown option (see filesonly --help): "bogus"
--mode=some /srv|mode can't be "some"
--deny=x /srv|deny can't be held on rsync; leave rsync out (services = sftp)
/srv /mnt|a second root: "/mnt"
--read-only|no ROOT: name the directory to serve (see --help)
end
as "$SERVED" timeout 20 "$SERVER" --listen=127.0.0.1:0 \
    --host-key="$T/server/host_key" --config="$T/server/none" \
    >"$T/out" 2>"$T/err"
is "without its configuration it does not start" $? 1
like "... and says so" "$(cat "$T/err")" \
    "*filesonlyd: $T/server/none: No such file or directory"
rm -f "$T/server/host_key"

# --- the first start, and transfers ----------------------------------------

keys KEY
ok "it starts" start "$GATE_OPTIONS" "$root"
is "it has made a host key that nobody else reads" \
    "$(stat -c %a "$T/server/host_key")" 600
first=$(sha256sum "$T/server/host_key")
no "... whose library has logged in to itself" \
    grep -q 'event="rehearsal"' "$T/server/log"
ok "sftp uploads" sftp_to host <<<"put $T/file up"
ok "... whole" cmp "$T/file" "$root/up"
ok "sftp downloads" sftp_to host <<<"get up $T/down"
ok "... whole" cmp "$T/file" "$T/down"
ok "rsync pushes" rsync_to -a "$T/tree/" host:pushed/
ok "... all of it" same_tree "$T/tree" "$root/pushed"
ok "rsync pulls" rsync_to -a host:pushed/ "$T/pulled/"
ok "... all of it" same_tree "$T/tree" "$T/pulled"
ok "scp by sftp" timeout 60 scp -q -F "$T/ssh_config" "$T/file" host:by-scp
ok "... whole" cmp "$T/file" "$root/by-scp"
client sftp
client rsync
like "the record has the key and the address as facts" \
    "$(grep event=start "$log" | tail -n 1)" \
    "*address=\"127.0.0.1\" key=\"$(ssh-keygen -lf "$T/client_key.pub" |
	cut -d' ' -f2)\"*"

# --- what is no transfer ---------------------------------------------------

ssh_to host >"$T/out" 2>"$T/err" </dev/null
is "a shell is refused" $? 1
like "... in words" "$(cat "$T/err")" "*there is no shell*"
# Over one connection the client closes a channel as soon as it may: its end
# must not come before the status.
ssh_to -M -S "$T/shared" -fN host
statuses=
for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
	ssh_to -S "$T/shared" host true </dev/null
	statuses+=$?
	ssh_to -S "$T/shared" host "test -e none" </dev/null
	statuses+=$?
done
is "each short command's status is told" "$statuses" 010101010101010101010101
ssh_to -S "$T/shared" -O exit host 2>/dev/null

ssh_to host id >"$T/out" 2>"$T/err" </dev/null
is "a command is refused" $? 1
like "... in words" "$(cat "$T/err")" "*the command was refused*"
is "... and says nothing else" "$(cat "$T/out")" ""
ssh_to -tt host true >"$T/out" 2>&1 </dev/null
like "a terminal is refused" "$(cat "$T/out")" "*PTY*fail*"
ssh_to -o SetEnv=A=b host id >/dev/null 2>&1 </dev/null
no "a variable changes nothing" [ $? = 0 ]
no "another subsystem is refused" ssh_to -s host netconf </dev/null
ssh_to -N -o ExitOnForwardFailure=yes -R 0:127.0.0.1:1 host \
    >"$T/out" 2>&1 </dev/null
no "a forwarded port is refused" [ $? = 0 ]
ssh_to -W 127.0.0.1:"$PORT" host >"$T/out" 2>&1 </dev/null
no "a connection onwards is refused" grep -q SSH-2.0 "$T/out"

# --- who may log in --------------------------------------------------------

served "control: the key"
keys "# nobody"
refused "a key that is no longer listed"
keys 'from="192.0.2.0/24" KEY'
refused "a key for another address"
keys 'from="10.0.0.0/8,127.0.0.*" KEY'
served "a key for this address"
keys 'from="!127.0.0.1,*" KEY'
refused "a key for all but this address"
keys 'expiry-time="20200101" KEY'
refused "a key that has expired"
keys 'expiry-time="29990101",restrict KEY'
served "a key that will expire"
keys "restrict,command=\"$GATE --read-only $root\" KEY"
ok "a line's own command: reads" sftp_to host <<<"get up $T/down2"
no "a line's own command: does not write" sftp_to host <<<"put $T/file no"
# Under systemd we are started in "/": that is not the home.
keys 'command="filesonly --read-only ." KEY'
no "a relative root of a line: not where the server was started" \
    sftp_to host <<<"get up $T/down"
cd "$root" || exit 1
start "$GATE_OPTIONS" .
no "... wherever that is" sftp_to host <<<"get up $T/down"
keys KEY
ok "a relative root of the server's own is there" \
    sftp_to host <<<"get up $T/down"
start "$GATE_OPTIONS" "$root"
cd / || exit 1
keys 'command="/bin/sh" KEY'
refused "a line whose command is not ours"
for option in cert-authority verify-required 'principals="x"' 'tunnel="0"' \
    'environment="A=b"' 'unknown-option'; do
	keys "$option KEY"
	refused "a line with $option"
	like "... which the log names" "$(tail -n 3 "$T/server/log")" \
	    '*event="key-line"*line=1 because=*'
done
ssh-keygen -q -t rsa -b 2048 -N '' -f "$T/short"
cat "$T/short.pub" >"$T/server/authorized_keys"
no "a short RSA key" timeout 60 sftp -q -F "$T/ssh_config" \
    -o IdentityFile="$T/short" -b - host <<<pwd
keys KEY
chmod 666 "$T/server/authorized_keys"
refused "keys that others may write"
keys KEY
served "control: the key again"

# --- keys that a client could write -----------------------------------------

cp "$T/server/authorized_keys" "$root/keys"
own "$SERVED" "$root/keys"
stop_server
ok "keys in the root: it starts" server --no-penalties \
    --authorized-keys="$root/keys" "$GATE_OPTIONS" "$root"
refused "who could let others in"
like "... and the record says why" "$(tail -n 1 "$log")" \
    "*event=misconfigured*the account could change*keys*to let others in*"
echo "restrict,command=\"$GATE --read-only $GATE_OPTIONS $root\" $(cat "$T/client_key.pub")" \
    >"$root/keys"
served "who could not"
rm "$root/keys"
ok "control: keys elsewhere" start "$GATE_OPTIONS" "$root"

# --- host keys that a client could read -------------------------------------

no "a host key elsewhere is no reason for a warning" \
    grep -q 'event="host-key".*because' "$T/server/log"
other=$(make_root "$SERVED" other)
echo theirs >"$other/theirs"
cp "$T/server/host_key" "$root/host_key"
own "$SERVED" "$root/host_key"
stop_server
ok "a host key in the root: it starts" server --no-penalties \
    --host-key="$root/host_key" "$AUTH" --read-only "$GATE_OPTIONS" "$root"
ok "... and warns of it" within 5 grep -q \
    "event=\"host-key\" file=\"$root/host_key\" because=\"it lies in the root" \
    "$T/server/log"
# in_root_of_host_key: the last session's end, as the record has it.
in_root_of_host_key() {
	refused "$1"
	like "... and the record says why" "$(tail -n 1 "$log")" \
	    "*event=misconfigured*clients could take the server's place*"
}
in_root_of_host_key "who could read it"
# own_line OPTION...: the key has a line of its own.
own_line() {
	keys "restrict,command=\"$GATE $GATE_OPTIONS $*\" KEY"
}
own_line --read-only "$other"
served "a key whose own root lies elsewhere"
stop_server
ok "by keys' own roots: it starts" server --no-penalties \
    --host-key="$root/host_key" "$AUTH" "$GATE_OPTIONS" "$other"
own_line --read-only "$root"
in_root_of_host_key "a key whose own root holds the host key"
keys KEY
served "control: the root of all others"
rm "$root/host_key"
ok "without it: it starts" start "$GATE_OPTIONS" "$other"
own_line --read-only "$root"
served "the key's own root again"
keys KEY

# --- where a relative root lies -----------------------------------------------

mkdir "$root/below"
echo here >"$root/below/here"
stop_server
here=$PWD
cd "$root" || exit
ok "a root is named from the current directory" start "$GATE_OPTIONS" ./below
ok "... and served" sftp_to host <<<"get here $T/here"
own_line --read-only below
refused "a key's own line isn't meant from there"
if [[ $(home_of "$SERVED") == "$T"/* ]]; then
	mkdir "$(home_of "$SERVED")/below"
	echo home >"$(home_of "$SERVED")/below/home"
	ok "... but from the home, as under sshd" \
	    sftp_to host <<<"get home $T/from-home"
fi
cp "$T/server/authorized_keys" relative-keys
own "$SERVED" relative-keys
ok "files that are named from the current directory: it starts" \
    start --authorized-keys=relative-keys --read-only "$GATE_OPTIONS" .
echo "restrict,command=\"$GATE $GATE_OPTIONS $root\" $(cat "$T/client_key.pub")" \
    >relative-keys
refused "... whose key could change them by its own root"
like "... as the record says" "$(tail -n 1 "$log")" \
    "*event=misconfigured*the account could change*keys*to let others in*"
rm relative-keys
cd "$here" || exit
keys KEY

# --- a key that is no longer good, while its connection lasts ------------------

ok "control: the root" start "$GATE_OPTIONS" "$root"
# opened OPTION...: the connection that is shared.
opened() {
	timeout 120 ssh -F "$T/ssh_config" -M -N -S "$T/idle" "$@" \
	    2>/dev/null &
	idle=$!
	within 10 test -S "$T/idle"
}
# over_idle [BATCH]: a session over it.
over_idle() {
	timeout 60 sftp -q -F "$T/ssh_config" -o ControlPath="$T/idle" -b - \
	    "${WHO:-}host" <<<"${1:-ls}"
}
not_over_idle() {
	! over_idle "$@"
}
idle_ended() {
	! kill -0 "$idle" 2>/dev/null
}
# It is closed, and the log has that, by its reason.
closed_because() {
	ok "... and ends" within 20 idle_ended
	wait "$idle"
	ok "... and the log says why" within 5 \
	    grep -q "event=\"connection\" result=\"ok\".*reason=\"$1\"" \
	    "$T/server/log"
}
ok "a connection is opened" opened host
ok "... carries a session" over_idle "put $T/file up"
own_line --read-only "$root"
ok "... obeys its key's line as it is now" within 10 \
    not_over_idle "put $T/file no"
ok "... which lets it read" over_idle "get up $T/over"
keys "# nobody"
ok "... carries none once its key is no longer listed" within 10 not_over_idle
closed_because "the key is not listed"
keys KEY
ok "another is opened" opened host
ok "... carries a session" over_idle
keys 'expiry-time="20200101" KEY'
ok "... carries none once its key has expired" within 10 not_over_idle
closed_because "expiry-time= is over"

# expires_soon: opens one whose key expires, and a session that stays; how soon
# is a matter of how busy the machine is.
expires_soon() {
	local soon
	for soon in 4 12 36; do
		rm -f "$T/stay" "$root/stays"
		mkfifo "$T/stay"
		keys "expiry-time=\"$(date -u -d "+$soon seconds" \
		    +%Y%m%d%H%M%SZ)\" KEY"
		opened host
		timeout 120 sftp -q -F "$T/ssh_config" \
		    -o ControlPath="$T/idle" host <"$T/stay" \
		    >/dev/null 2>"$T/stayed" &
		stays=$!
		exec 5>"$T/stay"
		echo "put $T/file stays" >&5
		within "$soon" cmp "$T/file" "$root/stays" && return
		exec 5>&-
		kill "$idle" "$stays" 2>/dev/null
		wait "$idle" "$stays"
	done
	return 1
}
ok "one whose key will expire carries a session" expires_soon
ok "... which is ended then, as the record has it" \
    within 60 grep -q 'event=end .*reason=expire' "$log"
exec 5>&-
wait "$stays"
like "... and told" "$(cat "$T/stayed")" "*filesonly: *expired*"
closed_because expired
keys KEY

# --- bad starts ------------------------------------------------------------

chmod 666 "$T/server/authorized_keys"
no "keys that others may write: it does not start" start "$root"
like "... and says why" "$(cat "$T/server/log")" "*others may write it*"
keys KEY
chmod 620 "$T/server/host_key"
ok "its own host key is mended" start "$root"
is "... to 600" "$(stat -c %a "$T/server/host_key")" 600
is "... and is the same" "$(sha256sum "$T/server/host_key")" "$first"
stop_server
echo nonsense >"$T/server/bad"
own "$SERVED" "$T/server/bad"
as "$SERVED" "$SERVER" --listen=127.0.0.1:0 --host-key="$T/server/bad" "$AUTH" \
    "$root" >"$T/out" 2>&1
is "a host key that is none: it does not start" $? 1
is "... and it is not replaced" "$(cat "$T/server/bad")" nonsense
as "$SERVED" "$SERVER" --no-such-option "$AUTH" >"$T/out" 2>&1
is "no root: a usage error" $? 2
if [ "$(id -u)" = 0 ]; then
	timeout 10 "$SERVER" --listen=127.0.0.1:0 \
	    --host-key="$T/server/host_key" "$AUTH" "$root" >"$T/out" 2>&1
	is "root alone: it does not start" $? 1
	like "... and says what to do" "$(cat "$T/out")" "*--user=NAME*"
fi

# --- accounts of a configuration -------------------------------------------

mkdir "$T/server/conf" "$T/server/conf/users.d"
keys KEY
cp "$T/server/authorized_keys" "$T/server/keys-anna"
printf '%s\n' "[defaults]" "audit = $log" "[user anna]" "root = $root" \
    "authorized-keys = $T/server/keys-anna" >"$T/server/conf/filesonly.conf"
printf '%s\n' "root = $other" "mode = read-only" \
    "authorized-keys = $T/server/keys-bert" >"$T/server/conf/users.d/bert.conf"
own "$SERVED" "$T/server"
stop_server
ok "a configuration: it starts" server --no-penalties \
    --config="$T/server/conf/filesonly.conf"
ok "anna logs in" sftp_to anna@host <<<"ls up"
like "... by her name in the record" "$(grep event=end "$log" | tail -n 1)" \
    '*user="anna"*'
no "bert has no keys yet" sftp_to bert@host <<<pwd
cp "$T/server/keys-anna" "$T/server/keys-bert"
own "$SERVED" "$T/server/keys-bert"
ok "an account needs no restart" sftp_to bert@host <<<"get theirs $T/theirs"
no "... and has its own mode" sftp_to bert@host <<<"put $T/file no"
cp "$T/server/host_key" "$root/host_key"
own "$SERVED" "$root/host_key"
stop_server
ok "a host key in an account's root: it starts" server --no-penalties \
    --host-key="$root/host_key" --config="$T/server/conf/filesonly.conf"
no "... and refuses that account" sftp_to anna@host <<<pwd
like "... and the record says why" "$(tail -n 1 "$log")" \
    "*event=misconfigured*user=\"anna\"*clients could take the server's place*"
ok "... and serves the other" sftp_to bert@host <<<pwd
rm "$root/host_key"
stop_server
ok "without it: it starts" server --no-penalties \
    --config="$T/server/conf/filesonly.conf"
ok "... and serves that account again" sftp_to anna@host <<<pwd
# Each counts its own sessions, though all have one uid.
mkdir -m 700 "$T/slots"
own "$SERVED" "$T/slots"
sed -i "s|^\[defaults\]|&\nmax-sessions = 1\nsessions-dir = $T/slots|" \
    "$T/server/conf/filesonly.conf"
mkfifo "$T/hold-anna"
rm -f "$root/first"
timeout 60 sftp -q -F "$T/ssh_config" anna@host <"$T/hold-anna" \
    >/dev/null 2>&1 &
held=$!
exec 5>"$T/hold-anna"
echo "put $T/file first" >&5
ok "anna's one session" within 10 cmp "$T/file" "$root/first"
like "... is all that she has" "$(sftp_to anna@host <<<pwd 2>&1)" \
    "*filesonly: the account is in use*"
ok "... and takes none of bert's" sftp_to bert@host <<<pwd
exec 5>&-
wait $held
sed -i '/^max-sessions/d; /^sessions-dir/d' "$T/server/conf/filesonly.conf"

for name in nobody ../anna .. '' root "$SERVED"; do
	no "no account \"$name\"" sftp_to "$name@host" <<<pwd
done

# bert LINE...: what his file says besides, replaced as editors do it.
bert() {
	printf '%s\n' "root = $other" "recheck = 1" \
	    "authorized-keys = $T/server/keys-bert" "$@" >"$T/server/new"
	own "$SERVED" "$T/server/new"
	mv "$T/server/new" "$T/server/conf/users.d/bert.conf"
}
bert
WHO=bert@
ok "a connection on which nothing runs" opened bert@host
ok "... carries a session" over_idle
bert "disabled = yes"
closed_because disabled
like "a disabled account is told" "$(sftp_to bert@host <<<pwd 2>&1)" \
    "*filesonly: this login is disabled*"
# As above.
bert_expires_soon() {
	local soon
	for soon in 3 12 36; do
		bert "expires = $(date -u -d "+$soon seconds" +%Y%m%d%H%M%SZ)"
		opened bert@host
		over_idle && return
		kill "$idle" 2>/dev/null
		wait "$idle"
	done
	return 1
}
ok "one whose account will expire carries a session" bert_expires_soon
closed_because expired
WHO=

# --- limits, health, the end -----------------------------------------------

keys KEY
ok "it starts with limits" start --max-per-address=2 "$root"
ok "it is well" "$SERVER" --ping=127.0.0.1:"$PORT"
like "a probe is not a connection in the log" \
    "$(grep -c 'event="connection"' "$T/server/log")" 0
for i in 1 2; do
	hold_name=$T/hold-$i
	mkfifo "$hold_name"
	timeout 60 sftp -q -F "$T/ssh_config" host <"$hold_name" \
	    >/dev/null 2>&1 &
	eval "exec $((5 + i))>\"$hold_name\""
done
two_are_in() {
	[ "$(pgrep -c -P "$SERVER_PID")" = 2 ] &&
	    [ "$(grep -c event=start "$log")" -ge 2 ]
}
within 10 two_are_in
no "a third connection of the address is turned away" sftp_to host <<<pwd
exec 6>&-
exec 7>&-
one_is_free() {
	[ "$(pgrep -c -P "$SERVER_PID")" = 0 ]
}
within 10 one_is_free
served "and one is served when they have gone"

chmod 0 "$T/server/host_key"
refused "a server that can't read its host key any more"
ok "... which the log tells, and not as a probe" within 5 grep -q \
    'result="failed".*reason="a host key can.t be read"' "$T/server/log"
chmod 600 "$T/server/host_key"
served "... and that can again"

ok "it starts with a short grace" start --login-grace=1 "$root"
exec 6<>/dev/tcp/127.0.0.1/"$PORT"
sleep 0.2
ok "a silent client keeps nobody from being served" sftp_to host <<<pwd
within 5 grep -q 'result="too-slow"' "$T/server/log"
is "... and is sent away" $? 0
exec 6>&-
ok "it starts with a longer grace" start --login-grace=6 "$root"
exec 6<>/dev/tcp/127.0.0.1/"$PORT"
read -r -t 20 -u 6 _
sleep 3.2
exec 6>&-
ok "who leaves before that is over was as slow" \
    within 10 grep -q 'result="too-slow"' "$T/server/log"

stop_server
ok "it starts with penalties" server "$AUTH" "$root"
keys "# nobody"
for i in 1 2 3 4 5; do
	refused "failure $i"
done
keys KEY
refused "an address that has failed is kept waiting"
ok "it starts again, and has forgotten" start "$root"
rm -f "$T/hold"
mkfifo "$T/hold"
timeout 60 sftp -q -F "$T/ssh_config" host <"$T/hold" >"$T/out" 2>&1 &
client_pid=$!
exec 6>"$T/hold"
echo "put $T/file late" >&6
within 10 cmp "$T/file" "$root/late"
kill "$SERVER_PID"
within 5 grep -q 'event="draining"' "$T/server/log"
no "told to end, it takes no new connection" sftp_to host <<<pwd
echo "put $T/file later" >&6
within 10 cmp "$T/file" "$root/later"
is "... and what runs goes on" $? 0
exec 6>&-
wait "$client_pid"
is "... to its end" $? 0
wait "$SERVER_PID"
is "then it ends well" $? 0
SERVER_PID=
finish
