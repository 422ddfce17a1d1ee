#!/bin/bash
# A library that spins, as libssh was known to: its process is ended, the log
# says so, and others are served. The server gets one that spins after so many
# turns of its loop.
# timeout: 400
. "$(dirname "$0")/lib.sh"
. "$SOURCE/tests/e2e/filesonlyd.sh"

root=$(make_root "$SERVED")
echo text >"$root/file"
readelf -s "$BUILD/filesonlyd" | grep -q __asan_init &&
    skip_all "a sanitized program takes no library in front of its own"

# In front of libssh's: the 120th turn of a process has no end. What only looks
# around is over by then.
cat >"$T/spin.c" <<'END'
typedef int turn_function(void *event, int timeout);
extern void *dlsym(void *handle, const char *name);
int
ssh_event_dopoll(void *event, int timeout)
{
	static turn_function *next;
	static volatile int turns;

	if (next == 0)
		next = (turn_function *)dlsym((void *)-1L, "ssh_event_dopoll");
	while (turns >= 120)
		continue;
	turns++;
	return next(event, timeout);
}
END
ok "a library that spins is built" cc -w -shared -fPIC -o "$T/spin.so" \
    "$T/spin.c"
chmod 755 "$T/spin.so"
keys KEY
LD_PRELOAD=$T/spin.so server --no-penalties \
    --authorized-keys="$T/server/authorized_keys" "$root" || exit 1

ok "control: a short session" sftp_to host <<<"ls file"
for ((i = 0; i < 200; i++)); do echo "ls file"; done >"$T/many"
# The CPU of the server's dead, in 1/100 s.
used() {
	awk '{ print $16 + $17 }' "/proc/$SERVER_PID/stat"
}
before=$(used)
# On a machine that is busy ten seconds of CPU take their time.
timeout 300 sftp -q -F "$T/ssh_config" -b - host <"$T/many" >"$T/out" 2>&1 &
client_pid=$!
sleep 1
ok "others are served meanwhile" sftp_to host <<<"ls file"
wait $client_pid
is "the session that spins is ended" $? 255
within 20 grep -q 'result="crashed"' "$T/server/log"
like "... which the log has" \
    "$(grep 'result="crashed"' "$T/server/log")" \
    '*requests=1*reason="it used CPU and did not get on"'
ok "the server serves" sftp_to host <<<"ls file"
all_gone() {
	[ "$(pgrep -c -P "$SERVER_PID")" = 0 ]
}
within 10 all_gone
is "no process is left behind" $? 0
# Twice the five seconds, since the first may begin with a turn that ended.
ok "... and it took no more CPU than it may" [ $(($(used) - before)) -lt 1300 ]
finish
