# shellcheck shell=bash
# GlusterFS, started by hand from Debian's packages; sourced by fleet.sh. Two
# times two bricks, all of them the script's, which outlive the nodes.

for need in glusterd gluster glusterfs; do
	command -v $need >/dev/null || skip_all "no $need here"
done
# shellcheck disable=SC2034 # the sourcing script's
LOST_AFTER=45
# shellcheck disable=SC2034
MOUNT_PROGRAM=glusterfsd

start_file_system() {
	local place brick bricks=()
	# Where it keeps things on a machine, it keeps them in here.
	for place in /var/lib/glusterd /var/log/glusterfs /run/gluster; do
		mkdir -p "$place" && mount -t tmpfs tmpfs "$place" || return
	done
	mkdir /var/log/glusterfs/bricks
	for brick in a b c d; do
		mkdir -p "$T/bricks/$brick"
		bricks+=("10.77.0.1:$T/bricks/$brick")
	done
	glusterd -N >"$T/glusterd.log" 2>&1 &
	disown
	within 20 gluster volume info &&
	    gluster volume create fleet replica 2 "${bricks[@]}" force \
		>"$T/out" 2>&1 &&
	    gluster volume start fleet >"$T/out" 2>&1
}

mount_on() {
	on "$1" glusterfs --acl --volfile-server=10.77.0.1 \
	    --volfile-id=fleet "$SHARED_DIR" >"$LOCAL-$1/mount.log" 2>&1 &&
	    within 20 on "$1" mountpoint -q "$SHARED_DIR"
}

mount_here() {
	glusterfs --acl --attribute-timeout=0 --entry-timeout=0 \
	    --direct-io-mode=enable --volfile-server=10.77.0.1 \
	    --volfile-id=fleet "$SHARED_DIR" >"$T/mount.log" 2>&1 &&
	    within 20 mountpoint -q "$SHARED_DIR"
}
