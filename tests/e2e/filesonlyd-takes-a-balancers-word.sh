#!/bin/bash
# PROXY headers, versions 1 and 2: whom a named balancer names is the client,
# for from=, the bounds of an address, penalties, the log and the record; all
# others' headers are errors, and so is a balancer without one.
# timeout: 120
. "$(dirname "$0")/lib.sh"
. "$SOURCE/tests/e2e/filesonlyd.sh"

root=$(make_root "$SERVED")
log=$(make_log "$SERVED")
head -c 300000 /dev/urandom >"$T/file"
start() {
	stop_server
	server --authorized-keys="$T/server/authorized_keys" "--audit=$log" "$@" \
	    "$root" || exit 1
}
MARK=0
mark() {
	MARK=$(wc -l <"$T/server/log")
}
has_line() {
	tail -n +$((MARK + 1)) "$T/server/log" | grep -q "$1"
}
# logs CLAIM PATTERN: the log gets such a line since the mark.
logs() {
	within 5 has_line "$2"
	is "$1" $? 0
	grep -q "$2" <(tail -n +$((MARK + 1)) "$T/server/log") ||
	    note "$(tail -n 3 "$T/server/log")"
}

# through PIECE... : sets the header in front of what follows.
through() {
	local piece words=
	for piece; do
		words+=" '${piece//\\/\\\\}'"
	done
	printf '%s\n' '#!/bin/sh' "exec /usr/bin/python3 \
	    $SOURCE/tests/e2e/proxy_header.py $PORT ${words//\\\\/\\}" \
	    >"$T/balancer"
	chmod 755 "$T/balancer"
	mark
}
# named ADDRESS: version 1, as most balancers send it.
named() {
	through "PROXY TCP4 $1 192.0.2.1 40000 22\r\n"
}
by_balancer() {
	timeout 30 sftp -q -F "$T/ssh_config" -o ProxyCommand="$T/balancer" \
	    -b - host
}
two='\r\n\r\n\0\r\nQUIT\n'
v4='\xc0\0\x02\x07\xc0\0\x02\x01\x9c\x40\0\x16'
v6='\x20\x01\x0d\xb8'$(printf '\\0%.0s' {1..11})'\x07'
tlv=$(printf 'x%.0s' {1..300})

# --- who is the client -----------------------------------------------------

keys 'from="192.0.2.0/24,2001:db8::/32" KEY'
start --no-penalties --proxy-from=127.0.0.0/8
named 192.0.2.7
ok "version 1: an address that from= lets in" by_balancer <<<"put $T/file up"
ok "... whole" cmp "$T/file" "$root/up"
logs "... and the log has both" \
    'result="ok" address="192.0.2.7" port=40000 via="127.0.0.1"'
like "... and the record the client's" \
    "$(grep event=start "$log" | tail -n 1)" '*address="192.0.2.7"*'
named 198.51.100.7
no "version 1: an address that from= does not let in" by_balancer <<<pwd
logs "... and the log has it" \
    'result="refused" address="198.51.100.7".*via="127.0.0.1"'
through "PROXY TCP6 2001:db8::7 2001:db8::1 40000 22\r\n"
ok "version 1, IPv6" by_balancer <<<pwd
logs "... in the log" \
    'address="2001:db8::7"'
through "$two"'\x21\x11\0\x0c'"$v4"
ok "version 2" by_balancer <<<pwd
logs "... in the log" \
    'address="192.0.2.7" port=40000'
through "$two"'\x21\x21\0\x24'"$v6$v6"'\x9c\x40\0\x16'
ok "version 2, IPv6" by_balancer <<<pwd
logs "... in the log" \
    'address="2001:db8::7"'
# The kernel was told to wake us for so much; SSH's packets are shorter.
through "$two" '\x21\x11\x01\x38'"$v4${tlv:1}" x
ok "version 2 in pieces, with 300 bytes that say more" \
    by_balancer <<<"get up $T/down"
ok "... whole" cmp "$T/file" "$T/down"

# --- no word, or a bad one -------------------------------------------------

lines() {
	grep -c "$1" "$T/server/log"
}
mark
no "a balancer without a header" sftp_to host <<<pwd
logs "... which the log names" \
    'result="proxy" address="127.0.0.1"'
before=$(lines 'result="proxy"')
for bad in 'PROXY TCP4 192.0.2.7 192.0.2.1 40000\r\n' \
    'PROXY TCP4 ::1 192.0.2.1 40000 22\r\n' "$two"'\x31\x11\0\x0c'"$v4" \
    "$two"'\x21\x11\0\x04\xc0\0\x02\x07' "$two"'\x21\x11\xff\xff'"$v4"; do
	through "$bad"
	no "a header that can't be: ${bad:0:60}" by_balancer <<<pwd
done
five_more() {
	[ "$(lines 'result="proxy"')" = $((before + 5)) ]
}
within 5 five_more
is "... each of which the log names" $(($(lines 'result="proxy"') - before)) 5
through 'PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\n' \
    'PROXY TCP4 192.0.2.8 192.0.2.1 1 2\r\n'
no "a second header is no greeting" by_balancer <<<pwd
through "$two"'\x20\0\0\0'
no "a health check of its own does not log in" by_balancer <<<pwd
logs "... which is told" 'result="no-login"'
before=$(lines 'event="connection"')
exec 6<>"/dev/tcp/127.0.0.1/$PORT"
printf '%b' "$two"'\x20\0\0\0' >&6
read -r -t 5 -u 6 greeting
exec 6>&-
like "... but sees the greeting" "$greeting" "SSH-2.0-*"
ok "control: it serves" named 192.0.2.7
ok "... still" by_balancer <<<pwd
logs "... and says so" 'result="ok"'
is "... and a check leaves no line in the log" \
    $(($(lines 'event="connection"') - before)) 1

start --no-penalties --proxy-from=192.0.2.1/32
named 192.0.2.7
keys KEY
ok "control: no balancer, no header" sftp_to host <<<pwd
no "a header of one who is no balancer" by_balancer <<<pwd
no "... and nothing that it names is in the log" \
    grep -q 192.0.2.7 "$T/server/log"

# --- bounds and penalties --------------------------------------------------

start --no-penalties --proxy-from=127.0.0.1/32 --max-per-address=1
mkfifo "$T/hold"
named 192.0.2.7
by_balancer <"$T/hold" >"$T/out" 2>&1 &
client_pid=$!
exec 6>"$T/hold"
echo "put $T/file first" >&6
within 10 cmp "$T/file" "$root/first"
no "a second connection of a named address is turned away" by_balancer <<<pwd
named 192.0.2.8
ok "... and another's is not" by_balancer <<<pwd
exec 6>&-
wait $client_pid
is "... nor is the first one hurt" $? 0
# six ADDRESS: version 1 of IPv6.
six() {
	through "PROXY TCP6 $1 2001:db8::1 40000 22\r\n"
}
rm -f "$root/first"
six 2001:db8::7
by_balancer <"$T/hold" >"$T/out" 2>&1 &
client_pid=$!
exec 6>"$T/hold"
echo "put $T/file first" >&6
within 10 cmp "$T/file" "$root/first"
six 2001:db8::a:7
no "of IPv6 another address of the same /64 is the same" by_balancer <<<pwd
six 2001:db8:0:1::7
ok "... and one of another /64 is not" by_balancer <<<pwd
exec 6>&-
wait $client_pid

keys 'from="192.0.2.0/24" KEY'
start --proxy-from=127.0.0.1/32
named 192.0.2.9
keys "# nobody"
for i in 1 2 3 4; do
	no "failure $i of a named address" by_balancer <<<pwd
done
keys KEY
no "which is kept waiting then" by_balancer <<<pwd
named 192.0.2.8
ok "... and no other behind the balancer is" by_balancer <<<pwd
client sftp
finish
