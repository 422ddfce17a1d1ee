# shellcheck shell=bash
# MooseFS, started by hand from Debian's packages; sourced by fleet.sh. A
# master and one chunk server, which outlive the nodes.

for need in mfsmaster mfschunkserver mfsmount; do
	command -v $need >/dev/null || skip_all "no $need here"
done
# The least that the master takes.
# shellcheck disable=SC2034 # the sourcing script's
LOST_AFTER=60

start_file_system() {
	local m=$T/master c=$T/chunks
	mkdir -p "$m" "$c" "$T/disk"
	cp /var/lib/mfs/metadata.mfs.empty "$m/metadata.mfs" || return
	echo '* / rw,alldirs,maproot=0' >"$m/exports"
	cat >"$m/config" <<-END
		WORKING_USER = root
		WORKING_GROUP = root
		DATA_PATH = $m
		EXPORTS_FILENAME = $m/exports
		MATOML_LISTEN_HOST = 10.77.0.1
		MATOCS_LISTEN_HOST = 10.77.0.1
		MATOCL_LISTEN_HOST = 10.77.0.1
		SESSION_SUSTAIN_TIME = $LOST_AFTER
	END
	cat >"$c/config" <<-END
		WORKING_USER = root
		WORKING_GROUP = root
		DATA_PATH = $c
		HDD_CONF_FILENAME = $c/disks
		MASTER_HOST = 10.77.0.1
		CSSERV_LISTEN_HOST = 10.77.0.1
		HDD_LEAVE_SPACE_DEFAULT = 64MiB
	END
	echo "$T/disk" >"$c/disks"
	mfsmaster -c "$m/config" start >"$m/log" 2>&1 &&
	    mfschunkserver -c "$c/config" start >"$c/log" 2>&1
}

# mount_on NODE: with the client's own caches, as a fleet has them.
mount_on() {
	on "$1" mfsmount -f "$SHARED_DIR" -H 10.77.0.1 \
	    >"$LOCAL-$1/mount.log" 2>&1 &
	disown
	within 10 on "$1" mountpoint -q "$SHARED_DIR"
}

# mount_here: for the script, which sees what is there now. The first write
# may find that no chunk server has come yet.
mount_here() {
	mfsmount -f "$SHARED_DIR" -H 10.77.0.1 -o mfsattrcacheto=0 \
	    -o mfsentrycacheto=0 -o mfsdirentrycacheto=0 \
	    -o mfscachemode=DIRECT >"$T/mount.log" 2>&1 &
	disown
	within 10 mountpoint -q "$SHARED_DIR" &&
	    within 20 sh -c "echo > $SHARED_DIR/first && rm $SHARED_DIR/first"
}

# shellcheck disable=SC2034
MOUNT_PROGRAM=mfsmount
