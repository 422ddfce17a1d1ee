#!/bin/bash
# The keys of an account over SFTP with real clients, behind the real walls:
# modes of what is made, names that are hidden or denied, limits, and where a
# session starts. What a limit ends is told to the client and to the record.
# timeout: 200
. "$(dirname "$0")/lib.sh"
export SHARED=yes
start_sshd

mode_of() {
	stat -c %a "$1"
}

echo small >"$T/small"
chmod 644 "$T/small"
head -c 300000 /dev/urandom >"$T/big"

for account in $ACCOUNTS; do
	root=$(make_root "$account")
	log=$(make_log "$account")
	mkdir "$root/start" "$root/vault.key"
	echo secret >"$root/vault.key/inner"
	echo secret >"$root/server.key"
	echo secret >"$root/.git-hidden"
	ln -s vault.key "$root/door"
	own "$account" "$root"

	# --- modes ---
	serve "$account" "--audit=$log --umask=027" "$root"
	ok "$account: umask" batch "$account" "put $T/small f" "mkdir d"
	is "$account: ... of a file" "$(mode_of "$root/f")" 640
	is "$account: ... of a directory" "$(mode_of "$root/d")" 750
	rm -rf "$root/f" "$root/d"
	serve "$account" "--audit=$log --umask=077 --file-mode=664 --dir-mode=775" \
	    "$root"
	ok "$account: forced modes" batch "$account" "put -p $T/small f" \
	    "mkdir d" "chmod 600 f" "chmod 700 d"
	is "$account: ... of a file" "$(mode_of "$root/f")" 664
	is "$account: ... of a directory" "$(mode_of "$root/d")" 775
	rm -rf "$root/f" "$root/d"

	# --- overwrite ---
	touch -d 2001-01-01 "$T/small"
	serve "$account" "--audit=$log" "$root"
	ok "$account: control: what exists is changed" batch "$account" \
	    "put -p $T/small old" "chmod 600 old" "chmod 644 old"
	serve "$account" "--audit=$log --no-overwrite" "$root"
	for act in "chmod 600 old" "chgrp $(stat -c %g "$root/old") old" \
	    "put $T/small old" "put -p $T/small old"; do
		no "$account: no-overwrite: ${act//$T/}" batch "$account" "$act"
	done
	is "$account: ... the mode stays" "$(mode_of "$root/old")" 644
	ok "$account: no-overwrite: put -p of a new file" batch "$account" \
	    "put -p $T/small f" "chmod 640 f"
	is "$account: ... it has the time" "$(stat -c %Y "$root/f")" \
	    "$(stat -c %Y "$T/small")"
	is "$account: ... and the mode" "$(mode_of "$root/f")" 640
	no "$account: ... which the next session can't change" \
	    batch "$account" "chmod 600 f"
	rm -f "$root/f" "$root/old"

	# --- names ---
	serve "$account" "--audit=$log" "$root"
	ok "$account: control: all names are there" batch "$account" \
	    "get server.key $T/got" "get door/inner $T/got" \
	    "get .git-hidden $T/got" "put $T/small new.key" "rm new.key"
	serve "$account" \
	    "--audit=$log --services=sftp --deny=*.key --hide=.git*" "$root"
	for act in "get server.key $T/got" "get door/inner $T/got" \
	    "put $T/small new.key" "put $T/small door/new" \
	    "rename server.key open" "ln server.key open" "mkdir d.key" \
	    "cd vault.key" "get .git-hidden $T/got" "put $T/small .git-new"; do
		rm -f "$T/got"
		no "$account: denied or hidden: ${act//$T/}" \
		    batch "$account" "$act"
		no "$account: ... brings nothing" [ -e "$T/got" ]
	done
	ok "$account: other names" batch "$account" "put $T/small f" \
	    "rename f g" "rm g" "ls -la"
	like "$account: a denied name is listed" "$(cat "$T/out")" \
	    "*server.key*"
	is "$account: a hidden one is not" "$(grep -c git-hidden "$T/out")" 0
	is "$account: nothing has changed" \
	    "$(cd "$root" && echo * .git*)" \
	    "door server.key start vault.key .git-hidden"

	# --- where it starts ---
	serve "$account" "--audit=$log --start-dir=/start" "$root"
	ok "$account: start-dir" batch "$account" "put $T/small here" pwd
	ok "$account: ... is where names are relative to" \
	    cmp "$T/small" "$root/start/here"
	like "$account: ... and what pwd says" "$(cat "$T/out")" "*/start*"
	serve "$account" "--audit=$log --start-dir=/none" "$root"
	no "$account: a start-dir that is missing" batch "$account" pwd
	like "$account: ... is told to the log" "$(tail -n 1 "$log")" \
	    "*misconfigured*start-dir /none*"

	# --- limits ---
	serve "$account" "--audit=$log --max-file-size=200K" "$root"
	no "$account: a file above max-file-size" batch "$account" \
	    "put $T/big big"
	is "$account: ... is no larger than that" \
	    "$(($(stat -c %s "$root/big") <= 204800))" 1
	like "$account: ... which is on record" "$(cat "$log")" \
	    "*limit=max-file-size*"
	ok "$account: a smaller one" batch "$account" "put $T/small small"
	serve "$account" "--audit=$log --max-session-bytes=200K" "$root"
	no "$account: more than max-session-bytes" batch "$account" \
	    "put $T/big big"
	like "$account: ... is on record" "$(tail -n 1 "$log")" \
	    "*event=end*reason=max-session-bytes*"
	serve "$account" "--audit=$log --session-timeout=1" "$root"
	no "$account: longer than session-timeout" \
	    sftp_to "$account" < <(echo ls && sleep 3 && echo ls)
	like "$account: ... is on record" "$(tail -n 1 "$log")" \
	    "*event=end*reason=session-timeout*"
	serve "$account" "--audit=$log --idle-timeout=1" "$root"
	no "$account: longer idle than idle-timeout" \
	    sftp_to "$account" < <(echo ls && sleep 3 && echo ls)
	like "$account: ... is on record" "$(tail -n 1 "$log")" \
	    "*event=end*reason=idle-timeout*"
	rm -f "$root/big" "$root/small"
	serve "$account" "--audit=$log --bandwidth=200K" "$root"
	began=$EPOCHREALTIME
	ok "$account: bandwidth" batch "$account" "put $T/big big"
	is "$account: ... takes its time" "$(awk -v a="$began" \
	    -v b="$EPOCHREALTIME" 'BEGIN { print (b - a > 1.1) }')" 1
	ok "$account: ... and is whole" cmp "$T/big" "$root/big"
	rm -rf "$root"
done
client sftp
finish
