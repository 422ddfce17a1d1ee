#!/bin/bash
# Each file that rsync moves or removes is in the log, once; where that can't
# be, the session never ends with status 0: an rsync that opens no log, a log
# that is full, a reader that is stopped or killed.
. "$(dirname "$0")/../e2e/lib.sh"

# push ACCOUNT [OPTIONS]: by the gate without a network; sets STATUS.
cat >"$T/bin/rsh" <<EOF
#!/bin/bash
shift
SSH_ORIGINAL_COMMAND="\$*" exec $GATE --audit=\$LOG \$MORE \$ROOT
EOF
chmod 755 "$T/bin/rsh"
run_rsync() {
	local account=$1
	shift
	as "$account" env LOG="${LOG:-$T/w/log}" MORE="${MORE:-}" \
	    ROOT="$T/w/root" timeout 60 rsync -e "$T/bin/rsh" "$@" \
	    >"$T/out" 2>"$T/err"
	STATUS=$?
}

# events: "EVENT PATH" of each line about a file.
events() {
	sed -n 's/.* event=\([a-z]*\) .* src=rsync path=\("\([^"\\]\|\\.\)*"\).*/\1 \2/p' \
	    "$T/w/log" | grep -v '^setstat' | sort
}

end_of() {
	grep 'event=end' "$T/w/log" | tail -n 1
}

# What an rsync that was killed has left running may write for a moment.
world() {
	local i
	for ((i = 0; i < 200; i++)); do
		rm -rf "$T/w" 2>/dev/null && break
		sleep 0.05
	done
	mkdir -p "$T/w/root" "$T/w/back"
	own "$1" "$T/w"
	chmod 755 "$T/w"
}

cp "$BUILD/tests/fault/scribe" "$T/bin/scribe"

mkdir -p "$T/up/d"
printf 'one' >"$T/up/one"
printf 'odd' >"$T/up/d/"$'new\nline"q\\#012\x1b[31m'
printf 'forged' >"$T/up/"$'x\n2026-11-24 22:35:14 [1] recv >f+++++++++ 3 43 y'
ln -s one "$T/up/link"
chmod -R go+rX "$T/up"

for a in $ACCOUNTS; do
	for mode in --read-write --create-only --write-only; do
		world "$a"
		MORE=$mode run_rsync "$a" -a "$T/up/" x:dest
		is "$a $mode: a push" "$STATUS" 0
		is "$a $mode: each file has one line" "$(events)" "$(
			cat <<-'END'
			close "/dest/d/new\nline\"q\\#012\x1b[31m"
			close "/dest/one"
			close "/dest/x\n2026-11-24 22:35:14 [1] recv >f+++++++++ 3 43 y"
			mkdir "/dest"
			mkdir "/dest/d"
			symlink "/dest/link"
			END
		)"
		like "$a $mode: and the end has the totals" "$(end_of)" \
		    "* status=0 * files=3 bytes=12*"
		is "$a $mode: nothing of ours lies in the root" \
		    "$(ls -A "$T/w/root")" dest
	done

	world "$a"
	run_rsync "$a" -a "$T/up/" x:dest/
	: >"$T/w/log"
	run_rsync "$a" -a --delete "$T/up/d/" x:dest/
	is "$a: what is deleted has its lines" "$(events)" "$(
		cat <<-'END'
		close "/dest/new\nline\"q\\#012\x1b[31m"
		remove "/dest/d/new\nline\"q\\#012\x1b[31m"
		remove "/dest/link"
		remove "/dest/one"
		remove "/dest/x\n2026-11-24 22:35:14 [1] recv >f+++++++++ 3 43 y"
		rmdir "/dest/d"
		END
	)"
	: >"$T/w/log"
	MORE=--read-only run_rsync "$a" -a x:dest/ "$T/w/back/"
	is "$a: a pull" "$STATUS" 0
	is "$a: what is read has its lines" "$(events)" \
	    'close "/dest/new\nline\"q\\#012\x1b[31m"'
	like "$a: which say so" "$(cat "$T/w/log")" "*read=3 written=0*"
	: >"$T/w/log"
	run_rsync "$a" "$T/up/one" x:other
	is "$a: a file under another name" "$(events)" 'close "/other"'
	: >"$T/w/log"
	run_rsync "$a" -n "$T/up/one" x:third
	is "$a: what was not done is not told" "$(events)" ""
	run_rsync "$a" -a x:none "$T/w/back/"
	is "$a: rsync's own failures stay its own" "$STATUS" 23

	# A program that opens no log; one that forges lines; control: one
	# that writes what it is asked to.
	for act in honest silent forger; do
		world "$a"
		echo $act >"$T/w/root/act"
		MORE=--rsync=$T/bin/scribe
		as "$a" env SSH_ORIGINAL_COMMAND="rsync --server -re.iLs . ." \
		    timeout 20 "$GATE" "$MORE" --audit="$T/w/log" "$T/w/root" \
		    </dev/null >"$T/out" 2>"$T/err"
		STATUS=$?
		MORE=
		case $act in
		honest)
			is "$a: control: a log that is opened" "$STATUS" 0
			is "$a: has its lines" "$(events)" 'close "/a"'
			;;
		silent)
			is "$a: no log: the session fails" "$STATUS" 1
			is "$a: no log: the client is told, and no path" \
			    "$(cat "$T/err")" \
			    "filesonly: what this session does can't be recorded"
			like "$a: no log: the end says so" "$(end_of)" \
			    "* status=1 reason=no-record *"
			;;
		forger)
			is "$a: a forger: no line of its counts" "$(events)" ""
			;;
		esac
	done

	# A log that can't be written.
	if [ -e /dev/full ] && [ "$E2E_NAMESPACE" = yes ]; then
		world "$a"
		: >"$T/w/log"
		own "$a" "$T/w/log"
		mkdir "$T/w/small"
		mount -t tmpfs -o size=4k,mode=777 tmpfs "$T/w/small"
		head -c 4096 /dev/zero >"$T/w/small/log"
		own "$a" "$T/w/small/log"
		LOG=$T/w/small/log MORE=--audit-loss=refuse \
		    run_rsync "$a" -a "$T/up/" x:dest/
		no "$a: a full log, refuse: fails" [ "$STATUS" = 0 ]
		LOG=$T/w/small/log run_rsync "$a" -a "$T/up/" x:dest2/
		is "$a: a full log, count: is done" "$STATUS" 0
		umount "$T/w/small"
	fi

	# Its reader stopped: the pipe fills, rsync waits. Then killed.
	world "$a"
	mkdir "$T/w/many"
	(cd "$T/w/many" && seq 3500 | xargs touch)
	own "$a" "$T/w"
	for end in CONT KILL; do
		rm -rf "$T/w/root/many"
		as "$a" env LOG="$T/w/log" MORE="" ROOT="$T/w/root" timeout 60 \
		    rsync -r -e "$T/bin/rsh" "$T/w/many" x: >"$T/out" 2>&1 &
		client=$!
		supervisor=
		while [ -z "$supervisor" ] && kill -0 $client; do
			sleep 0.02
			supervisor=$(pgrep -f "^$GATE .*$T/w/root" | head -n 1)
		done
		kill -STOP "$supervisor" 2>/dev/null
		sleep 1
		kill "-$end" "$supervisor" 2>/dev/null
		wait $client
		status=$?
		lines=$(events | grep -c 'close "/many/')
		files=$(find "$T/w/root/many" -name '[0-9]*' 2>/dev/null |
		    wc -l)
		if [ $end = CONT ]; then
			is "$a: stopped and continued: done" "$status" 0
			is "$a: stopped and continued: all lines" "$lines" 3500
		elif [ "$status" = 0 ]; then
			is "$a: killed too late: all lines" "$lines" "$files"
		else
			pass "$a: killed: status is not 0"
		fi
		: >"$T/w/log"
	done
done
client rsync
finish
