#!/bin/bash
# A session of each protocol, with names that try to break a line: each act is
# one line in the same words, in both formats, and the totals are right.
. "$(dirname "$0")/lib.sh"
start_sshd "ExposeAuthInfo yes"

# events: "EVENT PATH" of the lines about files, sorted; setstat is how clients
# finish an upload, as often as they like.
events() {
	/usr/bin/python3 - "$LOG" <<'END'
import json, re, sys

def logfmt(line):
    fields = {}
    for key, value in re.findall(r'([a-z]+)=("(?:[^"\\]|\\.)*"|[^ \n]*)', line):
        if value[0:1] == '"':
            value = re.sub(r'\\(x..|.)', lambda m: {
                'n': '\n', 't': '\t', 'r': '\r'}.get(m[1]) or (
                    chr(int(m[1][1:], 16)) if m[1][0] == 'x' else m[1]),
                value[1:-1])
        fields[key] = value
    return fields

lines = []
for line in open(sys.argv[1]):
    fields = json.loads(line) if line[0] == '{' else logfmt(line)
    if not {'time', 'event', 'session', 'user'} <= set(fields):
        print('not a line:', repr(line))
    if 'path' in fields and fields['event'] not in ('open', 'setstat'):
        lines.append(' '.join([fields['event'], ascii(fields['path'])] + (
            [ascii(fields['to'])] if 'to' in fields else []) + (
            ['read=%s written=%s' % (fields['read'], fields['written'])]
            if fields['event'] == 'close' else []) + [fields['result']]))
print('\n'.join(sorted(lines)))
END
}

# count EVENT: how many lines have it.
count() {
	grep -cE "event[\"=:]+$1\\b" "$LOG"
}

odd=$'q"\\\x1b[31m'
printf 'twelve bytes' >"$T/put"
mkdir -p "$T/up/d"
printf 'one' >"$T/up/d/"$'new\nline event=remove'

for a in $ACCOUNTS; do
	for format in logfmt json; do
		root=$(make_root "$a" $format)
		LOG=$root.log
		: >"$LOG"
		own "$a" "$LOG"
		serve "$a" "--audit=$LOG --audit-format=$format" "$root"

		cat >"$T/batch" <<-END
		mkdir dir
		put $T/put "dir/q\\"\\\\$(printf '\033')[31m"
		rename "dir/q\\"\\\\$(printf '\033')[31m" dir/plain
		ln -s plain dir/soft
		ln dir/plain dir/hard
		get dir/plain $T/got
		rm dir/soft
		rm dir/hard
		-rm dir/none
		mkdir gone
		rmdir gone
		END
		ok "$a $format: a session of sftp" sftp_to "$a" <"$T/batch"
		is "$a $format: each act of sftp once" "$(events)" "$(
			cat <<-'END'
			close '/dir/plain' read=12 written=0 ok
			close '/dir/q"\\\x1b[31m' read=0 written=12 ok
			link '/dir/plain' '/dir/hard' ok
			mkdir '/dir' ok
			mkdir '/gone' ok
			remove '/dir/hard' ok
			remove '/dir/none' missing
			remove '/dir/soft' ok
			rename '/dir/q"\\\x1b[31m' '/dir/plain' ok
			rmdir '/gone' ok
			symlink '/dir/soft' ok
			END
		)"
		ok "$a $format: what was sent is there" cmp "$T/put" \
		    "$root/dir/plain"
		for event in decide start end; do
			is "$a $format: one $event" "$(count $event)" 1
		done

		: >"$LOG"
		ok "$a $format: a session of rsync" rsync_to -a --delete \
		    "$T/up/" "$a:dir/"
		is "$a $format: each act of rsync once" "$(events)" "$(
			cat <<-'END'
			close '/dir/d/new\nline event=remove' read=0 written=3 ok
			mkdir '/dir/d' ok
			remove '/dir/plain' ok
			END
		)"
		like "$a $format: the totals" "$(tail -n 1 "$LOG")" \
		    "*files*1*bytes*3*"

		: >"$LOG"
		ok "$a $format: a checksum" ssh_to "$a" \
		    "md5sum dir/d/new*"
		ok "$a $format: directories" ssh_to "$a" \
		    "mkdir -p dir '$odd/x'"
		no "$a $format: one that can't be made" ssh_to "$a" \
		    "mkdir none/x"
		is "$a $format: each act of commands once" "$(events)" "$(
			cat <<-'END'
			close '/dir/d/new\nline event=remove' read=3 written=0 ok
			mkdir '/none/x' missing
			mkdir '/q"\\\x1b[31m' ok
			mkdir '/q"\\\x1b[31m/x' ok
			END
		)"
		rmdir "$root/$odd/x" "$root/$odd"

		: >"$LOG"
		no "$a $format: a shell" ssh_to "$a" "rm -rf $odd"
		is "$a $format: is one line" "$(wc -l <"$LOG")" 1
		is "$a $format: about a refusal" "$(count decide)" 1
		like "$a $format: which says why" "$(cat "$LOG")" "*refused*"
	done
done
# The key, where sshd tells it; and what no sshd has written is not believed.
key="ssh-ed25519 $(ssh-keygen -lf "$T/client_key.pub" | cut -d' ' -f2)"
for a in $ACCOUNTS; do
	root=$(make_root "$a" key)
	LOG=$root.log
	: >"$LOG"
	own "$a" "$LOG"
	serve "$a" "--audit=$LOG" "$root"
	ok "$a: a session whose key is told" sftp_to "$a" <<<"ls"
	is "$a: the start claims it" \
	    "$(sed -n 's/.*event=start.* key-claim="\([^"]*\)".*/\1/p' "$LOG")" \
	    "$key"
	echo "publickey ssh-ed25519 FORGED" >"$T/claim"
	for name in "$T/claim" /dev/null /nonexistent; do
		: >"$LOG"
		as "$a" env SSH_USER_AUTH="$name" \
		    SSH_ORIGINAL_COMMAND=internal-sftp "$GATE" \
		    --audit="$LOG" "$root" </dev/null >/dev/null 2>&1
		is "$a: not from $(basename "$name")" \
		    "$(grep -c event=start "$LOG") $(grep -c key-claim "$LOG")" \
		    "1 0"
	done
done
client sftp
client rsync
finish
