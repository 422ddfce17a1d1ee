#!/bin/bash
# A kernel that lacks a means is made with filters. Where another means holds
# as much it takes its place and the log says which; where none does, the
# session is refused, unless the policy prefers to go on.
. "$(dirname "$0")/../e2e/lib.sh"

LACK=$T/bin/lack
cp "$BUILD/tests/fault/lack" "$LACK"

# serve_with ACCOUNT SERVICE LACKS OPTIONS: status in $STATUS, texts in files.
serve_with() {
	local account=$1 service=$2 lacks=$3 options=$4 request
	rm -f "$T/w/log"
	rm -rf "$T/got"
	mkdir "$T/got"
	request="rsync --server --sender -re.iLs . in/"
	cat >"$T/w/rsh" <<-EOF
	#!/bin/sh
	exec env SSH_ORIGINAL_COMMAND="$request" $LACK $lacks -- \
	    $GATE $options --audit=$T/w/log $T/w/root
	EOF
	cat >"$T/w/sftp" <<-EOF
	#!/bin/sh
	exec env SSH_ORIGINAL_COMMAND=internal-sftp $LACK $lacks -- \
	    $GATE $options --audit=$T/w/log $T/w/root
	EOF
	chmod 755 "$T/w/rsh" "$T/w/sftp"
	own "$account" "$T/w" "$T/got"
	if [ "$service" = rsync ]; then
		as "$account" timeout 30 rsync -r -e "$T/w/rsh" x:in/ \
		    "$T/got/" >"$T/out" 2>"$T/err"
	else
		as "$account" timeout 30 sftp -q -b - -D "$T/w/sftp" \
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
}

# refused CLAIM ACCOUNT SERVICE LACKS TEXT [OPTIONS]
refused() {
	serve_with "$2" "$3" "$4" "${6:-}"
	no "$2 $3: $1: is refused" [ "$STATUS" = 0 ]
	no "$2 $3: $1: nothing has come" [ -e "$T/got/file" ]
	like "$2 $3: $1: the log says what is lacking" \
	    "$(cat "$T/w/log")" "*$5*"
}

for a in $ACCOUNTS; do
	rm -rf "$T/w"
	mkdir -p "$T/w/root/in"
	chmod 755 "$T/w"
	echo content >"$T/w/root/in/file"
	own "$a" "$T/w"
	for service in sftp rsync; do
		if [ "$a" = root ]; then
			served "all there" "$a" $service "" \
			    "namespace+landlock*+seccomp"
			for error in ENOSYS EOPNOTSUPP EPERM; do
				served "no Landlock ($error)" "$a" $service \
				    "landlock=$error" "namespace+seccomp"
			done
			refused "no namespaces" "$a" $service "unshare=EPERM" \
			    "mount namespace: Operation not permitted"
			served "no namespaces, preferred" "$a" $service \
			    "unshare=EPERM" "landlock*+seccomp*" \
			    --confine=prefer
		else
			served "all there" "$a" $service "" "landlock*+seccomp*"
			for error in ENOSYS EOPNOTSUPP EPERM; do
				served "no Landlock ($error)" "$a" $service \
				    "landlock=$error" "userns+seccomp"
				like "$a $service: the log tells the limits" \
				    "$(cat "$T/w/log")" "*show as nobody*"
			done
			served "the namespace asked for" "$a" $service "" \
			    "userns+landlock*+seccomp" --jail=namespace
			refused "neither" "$a" $service \
			    "landlock=ENOSYS unshare=EPERM" \
			    "user namespace: Operation not permitted"
			served "neither, preferred" "$a" $service \
			    "landlock=ENOSYS unshare=EPERM" "seccomp*" \
			    --confine=prefer
			like "$a $service: each such session is told" \
			    "$(cat "$T/w/log")" "*lack=*Landlock*"
		fi
		for error in ENOSYS EPERM; do
			refused "no openat2 ($error)" "$a" $service \
			    "openat2=$error" "root*"
			refused "no openat2 ($error), preferred" "$a" \
			    $service "openat2=$error" "root*" --confine=prefer
		done
		refused "no filters" "$a" $service "seccomp=EINVAL" "*seccomp*"
	done
	if [ "$a" = root ]; then
		served "another's listener" "$a" rsync "notify=EBUSY" \
		    "namespace+landlock*+seccomp"
	else
		served "another's listener" "$a" rsync "notify=EBUSY" \
		    "userns+landlock*+seccomp"
		refused "another's listener, no namespaces" "$a" rsync \
		    "notify=EBUSY unshare=EPERM" "user namespace"
	fi
	served "another's listener: no matter" "$a" sftp "notify=EBUSY" "*"
done
for a in $ACCOUNTS; do
	for request in internal-sftp "rsync --server --sender -re.iLs . in/"; do
		SSH_ORIGINAL_COMMAND=$request as "$a" "$LACK" unshare=EPERM \
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
