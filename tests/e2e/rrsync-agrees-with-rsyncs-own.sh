#!/bin/bash
# timeout: 200
# Asked the same, our rrsync and rsync's own (3.5) serve the same and refuse
# the same, in the same words and with the same status; and the list of what
# is another answer on purpose.
. "$(dirname "$0")/lib.sh"

theirs=/usr/bin/rrsync
if ! grep -qs confine-root "$theirs" || ! "$theirs" -h >/dev/null 2>&1; then
	skip_all "no rrsync of 3.5 here"
fi

# ask RRSYNC OPTIONS COMMAND: "STATUS TEXT" of a refusal, or "served"; a
# refusal is a line of rrsync's, all else is said by the rsync that it ran.
ask() {
	local status line options
	# Ours takes a relative directory from the account's home.
	options=$(sed -E "s#(^| )([a-z][^ /]*)\$#\\1$T/served/\\2#" <<<"$2")
	(
		cd "$T/served" || exit
		# The options are words.
		# shellcheck disable=SC2086
		as "$a" env -i HOME="$T/served" ${3:+SSH_ORIGINAL_COMMAND="$3"} \
		    SSH_CONNECTION="127.0.0.1 1 127.0.0.1 22" "$1" $options \
		    </dev/null >"$T/out" 2>"$T/err"
	)
	status=$?
	line=$(sed -n "s|^$1 error: ||p" "$T/err" | head -n 1)
	case $line in
	"unsafe arg:"* | "do not use .. in"*) line="a path outside" ;;
	esac
	if [ -n "$line" ]; then
		echo "$status $line"
	elif [ $status = 0 ]; then
		echo "answered"
	elif grep -q 'unexpectedly closed' "$T/err"; then
		echo "served"
	else
		echo "$status $(head -n 1 "$T/err")"
	fi
}

# agree OPTIONS COMMAND WANTED: both say that.
agree() {
	is "$1: $2: rsync's own" "$(ask "$theirs" "$1" "$2")" "$3"
	is "$1: $2: ours" "$(ask "$T/bin/rrsync" "$1" "$2")" "$3"
}

# differ OPTIONS COMMAND THEIRS OURS
differ() {
	like "$1: $2: rsync's own" "$(ask "$theirs" "$1" "$2")" "$3"
	is "$1: $2: ours" "$(ask "$T/bin/rrsync" "$1" "$2")" "$4"
}

a=${ACCOUNTS##* }
mkdir -p "$T/served/d/x" "$T/served/d/p"
echo one >"$T/served/d/x/one"
own "$a" "$T/served"
off="has been disabled on this server."
bad="1 invalid rsync-command syntax or options"
push="rsync --server -re.iLsfxCIvu"
pull="rsync --server --sender -re.iLsfxCIvu"

# --- each documented option, and its refusals ---
agree d "$push . x" served
agree d "$pull . x" served
agree -ro\ d "$pull . x" served
agree -ro\ d "$push . x" "1 sending to read-only server is not allowed"
agree -ro\ d "$pull --remove-source-files . x" \
    "1 option --remove-source-files $off"
agree -ro\ d "$pull --log-file=x . x" "1 option --log-file $off"
agree -wo\ d "$push . x" served
agree -wo\ d "$push --delete . x" served
agree -wo\ d "$pull . x" "1 reading from write-only server is not allowed"
agree -wo\ d "$push --files-from=/l . x" \
    "1 a write-only server cannot read a remote --files-from path"
agree -wo\ d "$push --files-from /l . x" \
    "1 a write-only server cannot read a remote --files-from path"
agree -wo\ d "$push --files-from=- --from0 . x" served
agree -munge\ d "$push . x" served
agree -munge\ d "$push --no-munge-links . x" "1 option --no-munge-links $off"
agree -absolute\ d "$pull . $T/served/d/x" served
agree d "$pull . x/../../e" "1 a path outside"
for option in --delete --delete-before --delete-during --delete-after \
    --delete-delay --delete-excluded --delete-missing-args \
    --remove-source-files --remove-sent-files; do
	agree -no-del\ d "$push . x" served
	agree -no-del\ d "$push $option . x" "1 option $option $off"
done
agree -no-lock\ d "$push . x" served
agree -no-overwrite\ d "$push . x" served
for option in --delay-updates --partial-dir=p "--partial-dir p" \
    --backup-dir=p --log-file=x; do
	name=${option%%[ =]*}
	agree -no-overwrite\ d "$push $option . x" "1 option $name $off"
done
agree -no-overwrite\ d "rsync --server -bre.iLsf . x" "1 option -b $off"

# --- what is refused without an option ---
for letter in K L k; do
	agree d "rsync --server -r${letter}e.iLsf . x" "1 option -$letter $off"
done
for option in --daemon --debug=ALL --copy-devices --write-devices \
    --no-munge-links; do
	agree d "$push $option . x" "1 option ${option%%=*} $off"
done
agree d "$pull --copy-unsafe-links . x" "1 option --copy-unsafe-links $off"
for wrong in "$push --nonsense . x" "rsync --server -rQ . x" \
    "rsync --server -ri . x" "$push" "$push x" "rsync --server" \
    "$push --delet . x"; do
	agree d "$wrong" "$bad"
done
agree d "rsync -r . x" "1 --server option is not the first arg"
agree d "rsync --sender --server -r . x" \
    "1 --server option is not the first arg"
agree d ls "1 SSH_ORIGINAL_COMMAND does not run rsync"
agree d "/usr/bin/scp -t x" "1 SSH_ORIGINAL_COMMAND does not run rsync"
agree d "" "1 Not invoked via sshd"
agree d true answered
agree d "$push . ../x" "1 a path outside"
agree d "$pull . ../../etc" "1 a path outside"
agree "-ro none" "$pull . x" "1 Restricted directory does not exist!"
agree "-ro -wo d" "$pull . x" "1 argument -wo: not allowed with argument -ro"

# --- what must go on working ---
for command in "$pull . x/one" "$pull . x/" "$pull . ." "$pull . x/." \
    "$pull ." "$push ." "$pull . x/o*" "$pull . x/one x/one" \
    "rsync --server --sender -rRe.iLsf . ./x" \
    "rsync --server -vvve.iLsf . x" "$push --link-dest p . x" \
    "$push --link-dest none . x" "$push --compare-dest=/p . x" \
    "$push --partial-dir .part . x" "$push --temp-dir=p . x" \
    "$push -B700 . x" "$push --timeout=30 --bwlimit=9 . x" \
    "$push --max-alloc=512m . x" "$push --numeric-ids --usermap=0:1 . x" \
    "rsync --server -n -r . x" "$push --info=ALL2 --log-format=%i . x"; do
	agree d "$command" served
done

# --- other answers, on purpose ---
differ d "rsync --server -sre.iLs" "1 option -s $off" \
    "1 the arguments that were to follow did not arrive"
differ d "$push --link-dest ../p . x" "1 a path outside" served
differ d "$pull . x/../p" "1 a path outside" served
differ d "$pull . none" "1 post-realpath*" served
differ d "rsync  --server -r . x" "1 --server option is not*" served
differ d "/usr/bin/rsync --server -r . x" "1 SSH_ORIGINAL*" served
differ d "rsync --server --sender -n -r --dirs -8 . x" "$bad" served
differ d "$pull --relative . x" "$bad" served
differ -no-del\ d "$push --force . x" served "1 option --force $off"
differ -no-overwrite\ d "$push --append . x" served "1 option --append $off"
differ d "$push --log-file=x . x" served "1 option --log-file $off"
differ d "$push --rsh=sh . x" "$bad" "1 option --rsh $off"
differ d "$push --compress-level=x . x" "1 *" \
    "1 option --compress-level $off"
no "neither has written a log" test -e "$T/served/d/x/x"
finish
