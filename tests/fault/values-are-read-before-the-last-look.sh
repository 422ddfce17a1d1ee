#!/bin/bash
# What a notified call says is read from the program's memory before the last
# look at whether it still waits: what is done afterwards has nothing more to
# read, which could be another program's by then. Seen in the system calls of
# the supervisor.
. "$(dirname "$0")/../e2e/lib.sh"
command -v strace >/dev/null || skip_all "strace is not installed"
account=${ACCOUNTS##* }
mkdir -p "$T/src/d"
for i in 1 2 3 4 5; do
	echo "$i" >"$T/src/d/$i"
	ln -s "$i" "$T/src/link-$i"
done
chmod -R go+rX "$T/src"
cat >"$T/bin/traced" <<'END'
#!/bin/sh
shift
exec env -i SSH_CONNECTION="127.0.0.1 1 127.0.0.1 22" \
    SSH_ORIGINAL_COMMAND="$*" strace -f -e trace=ioctl,process_vm_readv \
    -o "$TRACE" "$GATE" $GATE_OPTIONS "$GATE_ROOT"
END
chmod 755 "$T/bin/traced"
export GATE GATE_ROOT GATE_OPTIONS TRACE

# Per notification that is carried out: how many bytes were read, whether it
# was looked at then, and whether anything was read behind that look.
count() {
	awk '
	/NOTIF_RECV/ { reads = looks = late = 0 }
	/process_vm_readv/ { reads++; if (looks) late = 1 }
	/NOTIF_ID_VALID/ { looks++ }
	/NOTIF_SEND|NOTIF_ADDFD/ {
		if (reads && looks) good++
		if (late) bad++
		reads = looks = late = 0
	}
	END { print good + 0, bad + 0 }' "$1"
}

# The third: attributes are another process's, outside of a namespace.
for mode in read-write create-only attributes; do
	GATE_ROOT=$(make_root "$account" $mode)
	GATE_OPTIONS="--mode=$mode --audit=$(make_log "$account")"
	more=-a
	if [ $mode = attributes ]; then
		GATE_OPTIONS="--jail=namespace --audit=$T/log-$account"
		more=-aAX
	fi
	TRACE=$T/trace-$mode
	: >"$TRACE"
	own "$account" "$TRACE"
	ok "$mode: control: a push through the broker" \
	    as "$account" timeout 100 rsync $more -e "$T/bin/traced" \
	    "$T/src/" x:pushed/
	ok "$mode: ... all of it" same_tree "$T/src" "$GATE_ROOT/pushed"
	read -r good bad <<<"$(count "$TRACE")"
	ok "$mode: control: calls were read and looked at" [ "$good" -ge 5 ]
	is "$mode: nothing is read behind the last look" "$bad" 0
done
finish
