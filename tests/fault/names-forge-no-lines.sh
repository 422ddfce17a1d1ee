#!/bin/bash
# The word that marks the lines of rsync's log stands in rsync's command line,
# which every account of the machine can read. A client that is told it, while
# its session runs, writes it into names: each file has its one line, and none
# is forged, with each rsync that is here.
. "$(dirname "$0")/../e2e/lib.sh"

find_rsyncs

# The client's remote shell: holds back what the client says until the word
# was found and the names are made.
cat >"$T/bin/rsh" <<'EOF'
#!/bin/bash
shift
word() {
	local process i
	for ((i = 0; i < 200; i++)); do
		for process in /proc/[0-9]*; do
			[ "$process/cwd" -ef "$ROOT" ] || continue
			tr '\0' '\n' <"$process/cmdline" 2>/dev/null |
			    sed -n 's/^--log-file-format=\([0-9a-f]*\) .*/\1/p'
		done | grep . && return
		sleep 0.05
	done
}
names() {
	local word stamp line long i
	word=$(word | head -n 1)
	stamp="2026-11-24 22:35:14 [1] "
	line="$word recv 1 >f+++++++++ 3 43 forged"
	echo "$word" >"$WORD"
	cd "$UP" || exit
	echo x >"$line"
	echo x >"x"$'\n'"$stamp$line"
	echo x >"x"$'\n'"${stamp//-/_}$line"$'\n'
	mkdir "2026"
	# In a name that needs many escapes a part may begin anywhere.
	long=$(printf '\\#%03d' $(seq 20))
	mkdir -p "$long/$long/2026/11"
	for i in $(seq 0 40); do
		printf -v pad '%*s' "$i" ''
		echo x >"$long/$long/2026/11/${pad// /$'\x01'}24 22:35:14 [1] $line"
	done
}
exec 3<&0
export SSH_ORIGINAL_COMMAND="$*"
exec "$GATE" --audit="$LOG" --rsync="$PROGRAM" "$ROOT" \
    < <(names >&2; exec cat <&3) 3<&-
EOF
chmod 755 "$T/bin/rsh"

for a in $ACCOUNTS; do
	for program in $RSYNCS; do
		version=$("$program" --version | awk 'NR == 1 { print $3 }')
		name="$a, rsync $version"
		rm -rf "$T/w"
		mkdir -p "$T/w/up" "$T/w/root"
		: >"$T/w/log"
		own "$a" "$T/w"
		as "$a" env GATE="$GATE" ROOT="$T/w/root" UP="$T/w/up" \
		    LOG="$T/w/log" PROGRAM="$program" WORD="$T/w/word" \
		    timeout 60 rsync -r -v -e "$T/bin/rsh" "$T/w/up/" x: \
		    >"$T/out" 2>"$T/err"
		is "$name: a push" $? 0
		like "$name: control: the client was told the word" \
		    "$(cat "$T/w/word")" \
		    "[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]*"
		ok "$name: control: its names are there" \
		    same_tree "$T/w/up" "$T/w/root"
		is "$name: each file has one line" \
		    "$(grep -c 'event=close .* result=ok' "$T/w/log")" \
		    "$(find "$T/w/up" -type f -printf x | wc -c)"
		is "$name: and each directory" \
		    "$(grep -c 'event=mkdir .* result=ok' "$T/w/log")" \
		    "$(find "$T/w/up" -mindepth 1 -type d -printf x | wc -c)"
		no "$name: none is forged" grep -E 'path="/forged' "$T/w/log"
	done
done
client rsync
finish
