#!/bin/bash
# Full disks, file systems that can only be read, quotas and failing disks:
# the status that clients act on with the error's name, a session that lives
# on, nothing else lost. A client that vanishes leaves no handle and a record
# that ends.
. "$(dirname "$0")/lib.sh"
LACK=$T/bin/lack
cp "$BUILD/tests/fault/lack" "$LACK"

# check ACCOUNT CLAIM [ERRNO]: one claim of sftp_faults.py, on $root.
check() {
	ok "$1: ${2//_/ }${3:+ ($3)}" timeout 100 /usr/bin/python3 -B \
	    "$SOURCE/tests/e2e/sftp_faults.py" "$GATE" "$LACK" "$root" \
	    "$T/log-$1" "$(id -u "$1")" "$2" ${3:+"$3"}
}

# can_trace: lack tells a command its quota by tracing it.
can_trace() {
	[ "$(id -u)" = 0 ] || return
	case $(uname -m) in x86_64 | aarch64) ;; *) return 1 ;; esac
	"$LACK" quota=1,1 -- /bin/true
}

# populate ACCOUNT: what must be there afterwards.
populate() {
	echo kept >"$root/kept"
	mkdir "$root/d"
	head -c 300000 /dev/zero >"$root/large"
	own "$1" "$root"
}

for account in $ACCOUNTS; do
	: >"$T/log-$account"
	own "$account" "$T/log-$account"
	root=$(make_root "$account" plain)
	populate "$account"
	for error in EIO EDQUOT; do
		check "$account" writing_fails $error
	done
	check "$account" reading_fails EIO
	check "$account" copies_are_told_when_they_are_done EIO
	check "$account" a_heap_that_cannot_grow ENOSYS
	check "$account" renames_without_noreplace EINVAL
	check "$account" a_client_that_vanishes
	check "$account" a_session_may_have_less_left
	if can_trace; then
		check "$account" a_quota_is_the_size
		check "$account" a_quota_that_is_used_up
	else
		skip "$account: a quota" "needs root and a machine whose calls lack knows"
	fi
	is "$account: what was there is there" "$(cat "$root/kept")" kept

	if [ "$E2E_NAMESPACE" != yes ]; then
		skip "$account: full and read-only disks" \
		    "needs a mount namespace"
		continue
	fi
	root=$(make_root "$account" full)
	mount -t tmpfs -o size=2m,mode=755 tmpfs "$root"
	populate "$account"
	check "$account" a_full_disk
	mount -o remount,ro "$root"
	check "$account" a_file_system_that_is_only_read
	is "$account: nothing was changed there" \
	    "$(cd "$root" && cat kept && echo ./*)" $'kept\n./d ./kept ./large'
	umount "$root"
	mount -t tmpfs -o nr_inodes=12,mode=755 tmpfs "$root"
	populate "$account"
	check "$account" no_inodes_left
	umount "$root"
done
finish
