#!/bin/bash
# A kernel that lacks a means is made with filters. Where another means holds
# as much it takes its place and the log says which; where none does, the
# session is refused, unless the policy prefers to go on. What is lacking one
# at a time, and all of it together in every combination.
# timeout: 300
. "$(dirname "$0")/../e2e/lib.sh"

LACK=$T/bin/lack
CONTAIN=$T/bin/contain
cp "$BUILD/tests/fault/lack" "$LACK"
cp "$BUILD/tests/fault/contain" "$CONTAIN"

# serve_with ACCOUNT SERVICE LACKS OPTIONS: status in $STATUS, texts in files.
# The session runs behind $BEHIND (contain, setpriv), if that is set.
BEHIND=
serve_with() {
	local account=$1 service=$2 lacks=$3 options=$4 request
	rm -f "$T/w/log"
	rm -rf "$T/got"
	mkdir "$T/got"
	request="rsync --server --sender -re.iLs . in/"
	[ "$service" = rsync ] || request=internal-sftp
	cat >"$T/w/shell" <<-EOF
	#!/bin/sh
	SSH_ORIGINAL_COMMAND="$request" exec $BEHIND $LACK $lacks -- \
	    $GATE $options --audit=$T/w/log $T/w/root
	EOF
	chmod 755 "$T/w/shell"
	own "$account" "$T/w" "$T/got"
	if [ "$service" = rsync ]; then
		as "$account" timeout 30 rsync -r -e "$T/w/shell" x:in/ \
		    "$T/got/" >"$T/out" 2>"$T/err"
	else
		as "$account" timeout 30 sftp -q -b - -D "$T/w/shell" \
		    >"$T/out" 2>"$T/err" <<<"get in/file $T/got/file"
	fi
	STATUS=$?
}

jail_of() {
	sed -n 's/.* jail=\([^ ]*\).*/\1/p' "$T/w/log"
}

# served CLAIM ACCOUNT SERVICE LACKS JAIL [OPTIONS]
served() {
	serve_with "$2" "$3" "$4" "${6:-}"
	is "$2 $3: $1: is served" "$STATUS" 0
	is "$2 $3: $1: the file has come" \
	    "$(cat "$T/got/file" 2>/dev/null)" content
	like "$2 $3: $1: behind" "$(jail_of)" "$5"
	if [ "$STATUS" != 0 ]; then
		note "$(cat "$T/err" "$T/w/log" 2>&1)"
	fi
}

# told CLAIM GLOB: the log of the last session says so.
told() {
	like "$1" "$(cat "$T/w/log")" "*lack=*$2*"
}

# refused CLAIM ACCOUNT SERVICE LACKS TEXT [OPTIONS]
refused() {
	serve_with "$2" "$3" "$4" "${6:-}"
	no "$2 $3: $1: is refused" [ "$STATUS" = 0 ]
	no "$2 $3: $1: nothing has come" [ -e "$T/got/file" ]
	like "$2 $3: $1: the log says what is lacking" \
	    "$(cat "$T/w/log")" "*$5*"
}

NOBODY="show as nobody"
ERRORS="ENOSYS EPERM EOPNOTSUPP EBUSY"

# --- one at a time ---------------------------------------------------------

root_alone() {
	local service=$1 error
	served "all there" root "$service" "" "namespace+landlock*+seccomp"
	for error in $ERRORS; do
		served "no Landlock ($error)" root "$service" \
		    "landlock=$error" "namespace+seccomp"
	done
	for error in $ERRORS; do
		refused "no namespaces ($error)" root "$service" \
		    "unshare=$error" "mount namespace: "
	done
	for error in ENOSYS EPERM; do
		served "no mount_setattr ($error)" root "$service" \
		    "mount_setattr=$error" "namespace+landlock*+seccomp"
		served "no foreign memory ($error)" root "$service" \
		    "memory=$error" "namespace+landlock*+seccomp"
	done
	served "no namespaces, preferred" root "$service" "unshare=EPERM" \
	    "landlock*+seccomp*" --confine=prefer
	told "root $service: which the log tells" "mount namespace: *"
}

user_alone() {
	local a=$1 service=$2 error
	served "all there" "$a" "$service" "" "landlock*+seccomp*"
	for error in $ERRORS; do
		served "no Landlock ($error)" "$a" "$service" \
		    "landlock=$error" "userns+seccomp"
		told "$a $service: the log tells the limits" "$NOBODY"
	done
	for error in $ERRORS; do
		served "no namespaces ($error): no matter" "$a" "$service" \
		    "unshare=$error" "landlock*+seccomp*"
	done
	served "the namespace asked for" "$a" "$service" "" \
	    "userns+landlock*+seccomp" --jail=namespace
	no "$a $service: which lacks nothing" grep -q lack= "$T/w/log"
	served "the same without mount_setattr" "$a" "$service" \
	    "mount_setattr=ENOSYS" "userns+landlock*+seccomp" --jail=namespace
	served "the namespace asked for, none, preferred" "$a" "$service" \
	    unshare=EPERM "landlock*+seccomp*" \
	    "--jail=namespace --confine=prefer"
	told "$a $service: which the log tells" "user namespace: "
	served "neither, preferred" "$a" "$service" \
	    "landlock=ENOSYS unshare=EPERM" "seccomp*" --confine=prefer
	told "$a $service: each such session is told" Landlock
}

anyone_alone() {
	local a=$1 service=$2 error
	for error in $ERRORS; do
		refused "no openat2 ($error)" "$a" "$service" \
		    "openat2=$error" "root*"
		refused "no openat2 ($error), preferred" "$a" "$service" \
		    "openat2=$error" "root*" --confine=prefer
	done
	for error in EINVAL ENOSYS EPERM; do
		refused "no filters ($error)" "$a" "$service" \
		    "seccomp=$error" "*seccomp*"
	done
}

# A broker needs a listener, and to read what its program names.
broker_alone() {
	local a=$1 lack text
	for lack in notify={EBUSY,EPERM,ENOSYS,EOPNOTSUPP,EINVAL} \
	    memory={ENOSYS,EPERM}; do
		served "$lack: no matter" "$a" sftp "$lack" "*landlock*"
		if [ "$a" = root ]; then
			served "$lack" root rsync "$lack" \
			    "namespace+landlock*+seccomp"
			continue
		fi
		text="another seccomp listener"
		[ "${lack%=*}" = notify ] || text="memory can't be read"
		served "$lack" "$a" rsync "$lack" "userns+landlock*+seccomp"
		told "$a: $lack: why, and the limits" "$text*$NOBODY"
		refused "$lack, no namespaces" "$a" rsync \
		    "$lack unshare=EPERM" "$text*; user namespace: *"
		served "$lack, no namespaces, preferred" "$a" rsync \
		    "$lack unshare=EPERM" "landlock*+seccomp" --confine=prefer
		told "$a: $lack: what it goes on without" \
		    "$text*; user namespace: "
		refused "$lack, no namespaces, preferred, create-only" "$a" \
		    rsync "$lack unshare=EPERM" "$text" \
		    "--confine=prefer --create-only"
	done
}

# --- together --------------------------------------------------------------

# what_holds ACCOUNT SERVICE LACKS: the jail that is to be expected, or
# "refused".
what_holds() {
	local landlock="landlock*+" user
	case $3 in *openat2=*) echo refused && return ;; esac
	case $3 in *landlock=*) landlock= ;; esac
	if [ "$1" = root ]; then
		user=namespace
	else
		user=userns
		case $2:$3 in
		*landlock=* | rsync:*notify=* | rsync:*memory=*) ;;
		sftp:*) echo "landlock*+seccomp" && return ;;
		*) echo "landlock*+seccomp+broker" && return ;;
		esac
	fi
	case $3 in *unshare=*) echo refused && return ;; esac
	echo "$user+${landlock}seccomp"
}

together() {
	local a=$1 service=$2 number lacks wanted bit
	local all=(landlock=EOPNOTSUPP unshare=EPERM notify=EBUSY
	    memory=EPERM openat2=ENOSYS)
	for ((number = 0; number < 32; number++)); do
		lacks=
		for ((bit = 0; bit < 5; bit++)); do
			if ((number >> bit & 1)); then
				lacks+="${all[bit]} "
			fi
		done
		# openat2 decides alone: with nothing else, and with all.
		((number > 16 && number < 31)) && continue
		wanted=$(what_holds "$a" "$service" "$lacks")
		if [ "$wanted" = refused ]; then
			refused "[$lacks]" "$a" "$service" "$lacks" ""
		else
			served "[$lacks]" "$a" "$service" "$lacks" "$wanted"
		fi
	done
}

# --- containers ------------------------------------------------------------

# What an engine leaves root of its capabilities.
container_root() {
	BEHIND="setpriv --inh-caps=-all --bounding-set=-all,+chown"
	BEHIND+=",+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid"
	BEHIND+=",+setpcap,+setfcap,+net_bind_service,+sys_chroot $1 --"
}

containers() {
	local a=$1 service=$2 broker=
	[ "$service" = sftp ] || broker=+broker
	if [ "$a" = root ]; then
		container_root "$CONTAIN docker"
	else
		BEHIND="$CONTAIN docker --"
	fi
	served "Docker" "$a" "$service" "" "landlock*+seccomp$broker"
	refused "an old Docker" "$a" "$service" "landlock=EPERM" \
	    "Landlock: Operation not permitted; user namespace: *"
	BEHIND=${BEHIND/docker/podman}
	if [ "$service" = sftp ]; then
		served "Podman" "$a" sftp "" "landlock*+seccomp"
	else
		served "Podman" "$a" rsync "" "userns+landlock*+seccomp"
		told "$a: Podman: why, and the limits" \
		    "memory can't be read*$NOBODY"
	fi
	served "an old Podman" "$a" "$service" \
	    "landlock=ENOSYS mount_setattr=ENOSYS" "userns+seccomp"
	BEHIND="$CONTAIN listener --"
	if [ "$a" = root ]; then
		served "a container's listener" root "$service" "" \
		    "namespace+landlock*+seccomp"
	elif [ "$service" = sftp ]; then
		served "a container's listener" "$a" sftp "" \
		    "landlock*+seccomp"
	else
		served "a container's listener" "$a" rsync "" \
		    "userns+landlock*+seccomp"
	fi
	BEHIND="setpriv --no-new-privs --"
	served "no_new_privs already set" "$a" "$service" "" "*landlock*+seccomp*"
	BEHIND=
}

# --- Yama ------------------------------------------------------------------

# Its scope is a file, which stands in a directory of our own here.
yama() {
	local a=$1 scope wanted
	for scope in 0 1 2 3; do
		echo $scope >/proc/sys/kernel/yama/ptrace_scope
		wanted="landlock*+seccomp+broker"
		((scope < 2)) || wanted="userns+landlock*+seccomp"
		[ "$a" != root ] || wanted="namespace+landlock*+seccomp"
		served "Yama's scope $scope" "$a" rsync "" "$wanted"
		if ((scope < 2)); then
			served "Yama's scope $scope, create-only" "$a" rsync \
			    "" "*+create-only" --create-only
			continue
		fi
		refused "Yama's scope $scope, create-only" "$a" rsync "" \
		    kernel.yama.ptrace_scope --create-only
		[ "$a" != root ] || continue
		served "Yama's scope $scope, no namespaces, preferred" "$a" \
		    rsync unshare=EPERM "landlock*+seccomp" --confine=prefer
		told "$a: Yama's scope $scope: what it goes on without" \
		    "kernel.yama.ptrace_scope*; user namespace: "
	done
}

for a in $ACCOUNTS; do
	rm -rf "$T/w"
	mkdir -p "$T/w/root/in"
	chmod 755 "$T/w"
	echo content >"$T/w/root/in/file"
	own "$a" "$T/w"
	for service in sftp rsync; do
		if [ "$a" = root ]; then
			root_alone $service
		else
			user_alone "$a" $service
		fi
		anyone_alone "$a" $service
		together "$a" $service
		containers "$a" $service
	done
	broker_alone "$a"
done
if [ "$E2E_NAMESPACE" = yes ]; then
	mount -t tmpfs -o mode=755 tmpfs /proc/sys/kernel
	mkdir /proc/sys/kernel/yama
	for a in $ACCOUNTS; do
		own "$a" "$T/w"
		yama "$a"
	done
	umount /proc/sys/kernel
else
	skip "Yama's scopes" "needs a mount namespace"
fi

for a in $ACCOUNTS; do
	for request in internal-sftp "rsync --server --sender -re.iLs . in/"; do
		SSH_ORIGINAL_COMMAND=$request \
		    SSH_CONNECTION="192.0.2.1 1 192.0.2.2 22" \
		    as "$a" "$LACK" unshare=EPERM \
		    landlock=ENOSYS -- "$GATE" --audit="$T/w/log2" \
		    "$T/w/root" </dev/null >"$T/out" 2>"$T/err"
		is "$a: ${request%% *}: status" $? 126
		is "$a: ${request%% *}: the customer hears" "$(cat "$T/err")" \
		    "filesonly: the server's kernel lacks the means to confine this service"
		is "$a: ${request%% *}: nothing on stdout" \
		    "$(wc -c <"$T/out")" 0
	done
	rm -f "$T/w/log2"
done
client sftp
client rsync
finish
