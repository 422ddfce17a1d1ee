#!/bin/bash
# An rsync that is missing, a script, or not executable is the administrator's
# fault and not the kernel's: status 78, the reason in the log, and nothing of
# it to the client.
. "$(dirname "$0")/lib.sh"

mkdir "$T/programs"
rsync=$(command -v rsync)
cp "$rsync" "$T/programs/rsync"
cp "$rsync" "$T/programs/no-x"
chmod 644 "$T/programs/no-x"
printf '#!/bin/sh\nexec %s "$@"\n' "$rsync" >"$T/programs/script"
chmod 755 "$T/programs/script"
: >"$T/programs/empty"
chmod 755 "$T/programs/empty"
mkdir "$T/programs/directory"

# pull ACCOUNT PROGRAM [CONNECTION]: sets STATUS; sshd's variable stands for a
# client.
pull() {
	: >"$log"
	as "$1" env -i ${3:+SSH_CONNECTION="127.0.0.1 1 127.0.0.1 22"} \
	    SSH_ORIGINAL_COMMAND="rsync --server --sender -re.iLs . ." \
	    timeout 20 "$GATE" --audit="$log" --rsync="$T/programs/$2" \
	    "$root" </dev/null >"$T/out" 2>"$T/err"
	STATUS=$?
}

for a in $ACCOUNTS; do
	root=$(make_root "$a")
	log=$(make_log "$a")
	pull "$a" rsync connected
	no "$a: control: an rsync runs" [ "$STATUS" = 78 ]
	no "$a: control: and says nothing of ours" grep filesonly "$T/err"
	like "$a: control: it starts" "$(cat "$log")" "*event=start*"
	for program in missing script no-x empty directory; do
		pull "$a" $program connected
		is "$a: $program: the status" "$STATUS" 78
		is "$a: $program: the client" "$(cat "$T/err")" \
		    "filesonly: this account is misconfigured; its administrator finds the reason in the log"
		is "$a: $program: nothing is sent" "$(wc -c <"$T/out")" 0
		like "$a: $program: the log" "$(cat "$log")" \
		    "*event=misconfigured*because=\"*$T/programs/$program: *"
		like "$a: $program: the end" "$(tail -n 1 "$log")" \
		    "*event=end*status=78*"
		no "$a: $program: the kernel is not blamed" \
		    grep -e confinement -e lack= "$log"
		pull "$a" $program
		like "$a: $program: a person hears why" "$(cat "$T/err")" \
		    "filesonly: *$T/programs/$program: *"
	done
done
client rsync
finish
