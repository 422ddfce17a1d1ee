#!/bin/bash
# Two nodes over one distributed file system, and HAProxy before them: what one
# has taken the other gives, a node that is lost takes nothing with it that was
# acknowledged, and what an account may do holds for both together.
# timeout: 300
. "$(dirname "$0")/fleet.sh"

STARTED=$SECONDS
# at WHAT: how far it came in which time.
at() {
	note "$((SECONDS - STARTED)) s: $*"
}

ok "two nodes, their servers and the file system ($FLEET) start" make_fleet
[ "$FAILURES" = 0 ] || finish
ok "HAProxy takes the example's lines" start_balancer
ok "... finds the nodes by sessions of its own" within 60 balancer_sees UP UP

home=$SHARED_DIR/homes/plain
archive=$SHARED_DIR/archive/plain
head -c 3000000 /dev/urandom >"$T/file"
head -c 3100000 /dev/urandom >"$T/another"
head -c 40000000 /dev/urandom >"$T/large"
mkdir "$T/tree"
for i in $(seq 30); do
	head -c $((i * 301)) /dev/urandom >"$T/tree/file $i"
done

# comes HOST NAME FILE: a get brings it; the client's caches of a second may
# be in the way.
comes() {
	within 15 fetched "$@"
}
fetched() {
	rm -f "$T/back"
	batch "$1" "get \"$2\" $T/back" && cmp "$3" "$T/back"
}
lists() {
	batch "$1" "ls -1 $2" && [ "$(grep -c "^$2/" "$T/out")" = "$3" ]
}

# --- what one takes, the other gives ---------------------------------------

for pair in "one two" "two one" "one-d two" "two one-d" "one-root two-root"; do
	read -r a b <<<"$pair"
	ok "put by $a" batch "$a" "put $T/file $a-$b"
	ok "... $b has it" comes "$b" "$a-$b" "$T/file"
	ok "put over it by $b" batch "$b" "put $T/another $a-$b"
	ok "... $a has the new one" comes "$a" "$a-$b" "$T/another"
	ok "renamed by $a" batch "$a" "rename $a-$b $a-$b-new"
	ok "... $b has it by that name" comes "$b" "$a-$b-new" "$T/another"
	ok "a tree pushed by $a" rsync_to -a "$T/tree/" "$a:tree-$a-$b/"
	ok "... $b lists it" within 5 lists "$b" "tree-$a-$b" 30
	ok "... its push of it has nothing to do" test -z \
	    "$(rsync_to -ain "$T/tree/" "$b:tree-$a-$b/" 2>&1)"
	ok "... its pull brings it" rsync_to -a "$b:tree-$a-$b/" "$T/pulled-$a-$b/"
	ok "... the very bytes" same_tree "$T/tree" "$T/pulled-$a-$b"
	batch "$a" "rm tree-$a-$b/*" "rmdir tree-$a-$b" \
	    "mkdir tree-$a-$b"
	ok "a directory made anew by $a takes $b's upload" within 5 \
	    batch "$b" "put $T/file tree-$a-$b/file"
	ok "... whole" comes "$a" "tree-$a-$b/file" "$T/file"
done
at "uploads and pulls"

# --- the balancer ----------------------------------------------------------

# by_balancer HOST COUNT: sessions at once, each right.
by_balancer() {
	local i pids=() bad=0
	for ((i = 0; i < $2; i++)); do
		sftp_to "$1" <<<"put $T/tree/file\\ $((i + 1)) many-$i" \
		    >/dev/null 2>&1 &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || bad=$((bad + 1))
	done
	for ((i = 0; i < $2; i++)); do
		cmp -s "$T/tree/file $((i + 1))" "$home/many-$i" ||
		    bad=$((bad + 1))
	done
	rm -f "$home"/many-*
	[ $bad = 0 ]
}
starts() {
	grep -c event=start "$LOCAL-$1/record-plain"
}
for host in both both-d; do
	was1=$(starts 1) was2=$(starts 2)
	ok "$host: 12 sessions at once, each file whole" by_balancer $host 12
	ok "$host: ... some at each node" test \
	    "$(starts 1)" -gt "$was1" -a "$(starts 2)" -gt "$was2"
done
addresses() {
	sed -n 's/.*event=start.* address="\([^"]*\)".*/\1/p' \
	    "$LOCAL"-[12]/record-plain | sort -u
}
for i in 1 2; do
	: >"$LOCAL-$i/record-plain"
done
from_another() {
	sftp_to -oBindAddress=10.77.0.102 "$1" <<<pwd
}
ok "another client by the balancer and filesonlyd" from_another both-d
is "... has its own address in the record" "$(addresses)" 10.77.0.102
ok "... and by sshd" from_another both
is "... the balancer's, since sshd knows no PROXY header" \
    "$(addresses | grep -vFx 10.77.0.102)" 10.77.0.1
at "balancer"

# --- one winner ------------------------------------------------------------

calls one /usr/bin/python3 "$SOURCE/tests/fleet/nodes.py" "$T/ssh_config" \
    race 25
at "races"

# --- as many sessions as an account may have, by both nodes ----------------

# hold HOST: a session that waits for its client; FD is what ends it.
hold() {
	local fifo=$T/fifo-${#HELD[@]} was
	was=$(($(starts 1) + $(starts 2)))
	mkfifo "$fifo"
	exec {FD}<>"$fifo"
	(
		# What ends another one is not to be kept open by this one.
		for fd in "${HELD[@]}" "$FD"; do
			exec {fd}>&-
		done
		exec ssh -F "$T/ssh_config" -s "$1" sftp <"$fifo" >/dev/null 2>&1
	) &
	HELD+=("$FD")
	within 10 one_more "$was"
}
one_more() {
	[ $(($(starts 1) + $(starts 2))) -gt "$1" ]
}
full() {
	! batch "$1" pwd && grep -q "too many\|sessions" "$T/out"
}
HELD=()
profile plain two-at-once
ok "a first session at one node" hold one
first=$FD
ok "a second at the other" hold two
second=$FD
for host in one two both; do
	ok "a third is too many: $host" full $host
done
exec {first}>&-
ok "one ends at its node: the other has a place" within 10 batch two pwd
exec {second}>&-
wait
ok "two more, both at one node: the first" hold one
ok "... the second" hold one
ok "... leave none at the other" full two
# Its gates and sshd's processes end, the machine stays.
mapfile -t pids < <(node_pids 1 filesonly; node_pids 1 sshd)
kill_now "${pids[@]}"
ok "where its servers were killed their places are free at once" \
    within 10 batch two pwd
node_sshd 1
ok "... at itself as well" within 10 batch one pwd
profile plain
at "max-sessions"

# --- what is there can't be changed, by whichever node ---------------------

attack() {
	as plain mkdir "$4"
	profile plain "$6"
	calls "$1" /usr/bin/python3 "$SOURCE/tests/fleet/nodes.py" \
	    "$T/ssh_config" attack "$2" "$3" "$4" "$5"
	rm -rf "$4"
}
attack "control: read-write" one two "$home/attack" "done" ""
attack "create-only, node 1" one two "$archive/attack" refused archive
attack "create-only, node 2" two one "$archive/attack" refused archive

mkdir "$T/changed" "$T/few"
cp -p "$T/tree/file "[1-8] "$T/few/"
for i in 3 7; do
	echo "changed $i" >"$T/changed/file $i"
done
exact="%m %T@ %U %i"
for pair in "one two" "two one"; do
	read -r a b <<<"$pair"
	ok "create-only: a tree pushed by $a" \
	    rsync_to -a "$T/few/" "$a:rsync-$a/"
	before=$(tree_of "$archive/rsync-$a" "$exact")
	for options in -aI -acI "-aI --no-times" "-aI --whole-file" \
	    "-aI --chmod=F600" "-aI --inplace" "-aI --append" "-aI -b" \
	    "-aI --backup-dir=x" "-aI --delete" "-aI --delete-after" \
	    "-aI --existing --delete-excluded" "-aI -M--fake-super"; do
		# The options are words.
		# shellcheck disable=SC2086
		rsync_to $options "$T/changed/" "$b:rsync-$a/" >/dev/null 2>&1
		is "create-only: rsync $options by $b changes nothing" \
		    "$(tree_of "$archive/rsync-$a" "$exact")" "$before"
	done
	rsync_to -a --remove-source-files "$b:rsync-$a/" "$T/removed/" \
	    >/dev/null 2>&1
	is "create-only: a pull that removes, by $b, removes nothing" \
	    "$(tree_of "$archive/rsync-$a" "$exact")" "$before"
	ok "create-only: a pull by $b" \
	    rsync_to -a "$b:rsync-$a/" "$T/kept-$b/"
	ok "... is what was pushed" same_tree "$T/few" "$T/kept-$b"
done
profile plain
rsync_to -a "$T/few/" "one:rsync/"
before=$(tree_of "$home/rsync" "$exact")
rsync_to -aI "$T/changed/" "two:rsync/"
ok "control: read-write, rsync -aI by the other node changes what is there" \
    test "$(tree_of "$home/rsync" "$exact")" != "$before"
at "create-only"

# --- a node without its file system ----------------------------------------

mapfile -t pids < <(node_pids 1 "$MOUNT_PROGRAM")
kill_now "${pids[@]}"
serves_nobody() {
	! batch "$1" pwd
}
ok "a node whose mount has died serves nobody" within 10 serves_nobody one
ok "... but is reached, as a check of the port alone would find" \
    timeout 5 bash -c "read -r l </dev/tcp/$(address_of 1)/22; [[ \$l == SSH-* ]]"
ok "... and the balancer leaves it out" within 60 balancer_sees DOWN UP
ok "... all go to the other" by_balancer both 6
on 1 umount -l "$SHARED_DIR"
ok "mounted again" mount_on 1
ok "... it is back" within 60 balancer_sees UP UP
at "dead mount"

# --- a node that is lost in mid-upload -------------------------------------

# upload HOST: acknowledges two files, then begins a large one slowly; NODE_OF
# is who serves it.
upload() {
	rm -f "$home"/.filesonly.*
	OPENED=("" "$(opened 1)" "$(opened 2)")
	timeout 100 sftp -q -l 24000 -F "$T/ssh_config" -b - "$1" \
	    >"$T/upload.out" 2>&1 <<-END &
		put $T/file acknowledged-1
		put $T/another acknowledged-2
		put $T/large replaced
	END
	UPLOAD=$!
	within 30 under_way && return
	note "$(cat "$T/upload.out")"
	return 1
}
opened() {
	grep -c 'event=open.* path="/replaced"' "$LOCAL-$1/record-plain"
}
# Its record has the open, and as it sees the files there is something of it:
# what is written stands aside until it is whole.
under_way() {
	local node
	for node in 1 2; do
		[ "$(opened $node)" -gt "${OPENED[node]}" ] || continue
		NODE_OF=$node
		on $node find "$home" -name '.filesonly.*' -size +2M |
		    grep -q . && return
	done
	return 1
}
shows_no_more() {
	batch "$1" "ls -a1" && ! grep -q filesonly "$T/out"
}
after_a_loss() {
	ok "$1: what was acknowledged is there" \
	    within 5 cmp "$T/file" "$home/acknowledged-1"
	ok "$1: ... all of it" within 5 cmp "$T/another" "$home/acknowledged-2"
	ok "$1: ... and the other node gives it" \
	    comes "$OTHER" acknowledged-2 "$T/another"
	ok "$1: the old file is whole" within 5 cmp "$T/file" "$home/replaced"
	ok "$1: the client tries again, and gets through" \
	    within 30 batch "$2" "put $T/large replaced"
	ok "$1: ... whole" within 5 cmp "$T/large" "$home/replaced"
	rm -f "$home"/acknowledged-*
}
names=(- one two)

batch one "put $T/file replaced"
ok "an upload is under way" upload one
ok "... and outlives another into its directory, by the other node" \
    batch two "put $T/file beside"
wait "$UPLOAD"
is "... to its end" $? 0
ok "... whole" cmp "$T/large" "$home/replaced"
for host in both both-d; do
	batch one "put $T/file replaced"
	ok "$host: an upload is under way" upload $host
	OTHER=${names[3 - NODE_OF]}
	mapfile -t pids < <(for program in sshd filesonlyd filesonly; do
		node_pids "$NODE_OF" $program
	done)
	kill_now "${pids[@]}"
	wait "$UPLOAD"
	isnt=$?
	ok "$host: the client hears that its node was lost" test $isnt != 0
	after_a_loss "$host, servers killed" "$host"
	node_serve "$NODE_OF"
	ok "$host: no client sees what the lost upload left" \
	    shows_no_more "$OTHER"
done
ok "the nodes are back" within 60 balancer_sees UP UP

profile plain two-at-once
batch one "put $T/file replaced"
HELD=()
ok "an upload is under way" upload both
OTHER=${names[3 - NODE_OF]}
ok "... and a second session at that node" hold "${names[NODE_OF]}"
lost=$NODE_OF
node_lose "$lost"
lost_at=$SECONDS
wait "$UPLOAD"
profile plain
after_a_loss "a node that is gone" both
states=(UP UP)
states[lost - 1]=DOWN
ok "the balancer leaves it out" within 60 balancer_sees "${states[@]}"
at "lost node"

# --- restic, with one node -------------------------------------------------

export RESTIC_PASSWORD=secret RESTIC_CACHE_DIR=$T/cache
restic_to() {
	local host=$1
	shift
	timeout 60 restic -q -r "sftp:$host:repo" \
	    -o sftp.command="ssh -F $T/ssh_config $host -s sftp" "$@"
}
profile plain archive
ok "restic: init while a node is lost" restic_to both init
ok "restic: a backup by the other" restic_to "$OTHER" backup "$T/tree"
ok "the lost node starts again" node_start "$lost"
ok "... and is back" within 60 balancer_sees UP UP
echo more >"$T/tree/more"
ok "restic: a second backup, by that one" \
    restic_to "${names[lost]}" backup "$T/tree"
ok "restic: check by the other finds nothing" restic_to "$OTHER" check
ok "restic: restore by the balancer" \
    restic_to both restore latest --target "$T/restored"
ok "restic: ... is the same" same_tree "$T/tree" "$T/restored/$T/tree"
sleep 2.5
kept=$(cd "$archive/repo" && find . -path ./locks -prune -o -type f \
    -exec sha256sum {} + | sort)
timeout 8 restic -q -r "sftp:one:repo" \
    -o sftp.command="ssh -F $T/ssh_config one -s sftp" \
    forget --keep-last 1 --prune >"$T/out" 2>&1
is "restic: forget is refused" "$(cd "$archive/repo" &&
    find . -path ./locks -prune -o -type f -exec sha256sum {} + | sort |
    grep -Fx "$kept")" "$kept"
at "restic"

# --- places of a node that was lost ----------------------------------------

profile plain two-at-once
within $((LOST_AFTER + 60 - (SECONDS - lost_at))) batch "$OTHER" pwd
ok "the places of a node that was lost are free in a bounded time" \
    batch "$OTHER" pwd
at "free $((SECONDS - lost_at)) s after the loss"
profile plain
client sftp
client rsync
client restic
at "end"
finish
